/** Of each sort of problem so many texts are kept. */
const TEXTS = 5;

/** What went wrong in an app: how often, and the first of each sort in words. */
export class Problems {
  #counts = new Map();

  add(sort, text) {
    const found = this.#counts.get(sort) ?? { count: 0, texts: [] };
    this.#counts.set(sort, found);
    found.count++;
    if (found.texts.length < TEXTS) found.texts.push(text);
  }

  count(sort) {
    return this.#counts.get(sort)?.count ?? 0;
  }

  toJSON() {
    return Object.fromEntries(this.#counts);
  }
}

/**
 * Sees what is read of a group of secrets, whoever reads it in which way: a
 * read that fails, a generation that is torn, and one older than what was
 * read before.
 */
export class GroupWitness {
  /** The newest generation that anybody read. */
  generation = 0;
  /** How many generations were read. */
  generations = 0;
  reads = 0;
  #group;
  #problems;

  constructor(group, problems) {
    this.#group = group;
    this.#problems = problems;
  }

  /** Reads the group in some ways, in one step. */
  look(ways, who) {
    const all = ways.flatMap((way) => this.#read(way, who));
    if (all.length === 0) return;
    const least = Math.min(...all);
    const most = Math.max(...all);
    const { folder } = this.#group;
    const found = `${who} of ${folder} by ${ways.join(', ')}`;
    if (least !== most) {
      this.#problems.add('torn', `${found}: ${least} and ${most} together`);
    } else if (least < this.generation) {
      this.#problems.add(
        'backwards',
        `${found}: ${least} after ${this.generation}`,
      );
    }
    if (most > this.generation) {
      this.generation = most;
      this.generations++;
    }
  }

  #read(way, who) {
    this.reads++;
    const fail = (why) =>
      this.#problems.add(
        'failed reads',
        `${who} of ${this.#group.folder} by ${way}: ${why}`,
      );
    try {
      const generations = this.#group.ways[way]();
      if (generations.every(Number.isInteger)) return generations;
      fail('a value is missing, or another one');
    } catch (error) {
      fail(error.message);
    }
    return [];
  }
}
