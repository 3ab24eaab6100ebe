const EXPRESSION = /\{\{\{?\s*([^{}]*?)\s*\}?\}\}/g;

/** Fills `{{name}}`; nothing is escaped and an unknown name is empty. */
export function renderStatement(
  template: string,
  variables: Readonly<Record<string, string>>,
): string {
  return template.replace(EXPRESSION, (_whole, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  );
}
