/** Chance that repeats itself: the same numbers in [0, 1) for the same seed. */
export function seededRandom(seed) {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  };
  // Neighbouring seeds must not give neighbouring numbers.
  for (let turn = 0; turn < 4; turn++) next();
  return next;
}
