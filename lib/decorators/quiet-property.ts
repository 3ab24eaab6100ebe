/**
 * Gives an instance a property of its own that printing and serialising do not
 * show. Native class fields have been defined by then and are defined anew.
 *
 * @returns false when the instance does not allow it, because it is frozen
 */
export function defineQuietly(
  instance: object,
  property: string | symbol,
  value: unknown,
): boolean {
  return Reflect.defineProperty(instance, property, {
    configurable: true,
    enumerable: false,
    writable: true,
    value,
  });
}
