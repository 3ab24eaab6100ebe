const cache = new Map<string, RegExp>();

/**
 * Whether a path fits a glob: `*` and `?` stay within a segment, `**` spans
 * segments (`/a/**` fits `/a` as well), `{a,b}` and `[ab]` are alternatives.
 */
export function matchesGlob(path: string, glob: string): boolean {
  let pattern = cache.get(glob);
  if (!pattern) cache.set(glob, (pattern = toPattern(glob)));
  return pattern.test(path);
}

const TOKENS = /\/\*\*$|\*\*\/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]+\]|./gs;

function toPattern(glob: string): RegExp {
  const parts = (glob.match(TOKENS) ?? []).map(translate);
  try {
    return new RegExp(`^${parts.join('')}$`, 's');
  } catch {
    // Not a glob, such as `[z-a]`: it fits itself alone.
    return new RegExp(`^${escape(glob)}$`);
  }
}

function translate(token: string): string {
  if (token === '/**') return '(?:/.*)?';
  if (token === '**/') return '(?:.*/)?';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]+';
  if (token === '?') return '[^/]';
  if (token.startsWith('{') && token.length > 1) {
    const choices = token.slice(1, -1).split(',').map(escape);
    return `(?:${choices.join('|')})`;
  }
  if (token.startsWith('[') && token.length > 1) {
    const [, not = '', inner = ''] = /^\[([!^]?)(.*)\]$/s.exec(token) ?? [];
    return `[${not && '^'}${inner.replace(/[\\\][]/g, '\\$&')}]`;
  }
  return escape(token);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
