import {
  HANDLE_GROWTH,
  heapGrowth,
  LONGEST_WITHOUT_RENEWAL,
  requestBudgets,
} from './limits.mjs';

/** A growth counts when it is so many times its standard error above the limit. */
const SIGMAS = 3;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * Prints what was found: a line for each app and one for the process, and what
 * is wrong below.
 *
 * @returns whether all is well
 */
export function printReport({ plans, servers, report, end }) {
  if (!report) {
    console.log(`\nThe process of the apps ended (${end}) before its report.`);
    console.log(`soak: 0 passed, ${plans.length + 1} failed`);
    return false;
  }
  const results = plans.map((plan, index) =>
    judgeApp(plan, servers[index], report.apps[index]),
  );
  printTable(results.map(({ name, row }) => ({ app: name, ...row })));
  results.push(judgeProcess(report, end));
  console.log(`process: ${results.at(-1).line}`);
  for (const { name, problems, log = [] } of results) {
    if (problems.length === 0) continue;
    console.log(`\nFAILED: ${name}`);
    for (const text of problems) console.log(`  ${text}`);
    for (const text of log) console.log(`    ${text}`);
  }
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  console.log(`soak: ${results.length - failed} passed, ${failed} failed`);
  return failed === 0;
}

function judgeApp(plan, server, app) {
  const problems = texts(app.problems);
  const { peaks, logins, renewals, sinceRenewal } = server.requests;
  if (plan.extends && sinceRenewal > LONGEST_WITHOUT_RENEWAL) {
    problems.push(`no renewal for ${sinceRenewal} s, only logins`);
  }
  const budgets = requestBudgets(plan);
  for (const [kind, budget] of Object.entries(budgets)) {
    if (peaks[kind] <= budget) continue;
    problems.push(
      `${peaks[kind]} requests for ${kind} in a minute, at most ${budget}`,
    );
  }
  const { worst, calls } = app;
  const row = {
    reads: app.reads,
    failed: app.failed,
    torn: app.torn,
    generations: app.generations,
    troubles: server.troubles,
    'calm calls': calls.calm,
    'old at most': seconds(worst.stale),
    'in calm': seconds(worst.calmStale),
    'healed in': seconds(worst.heal),
    logins,
    renewals,
    'lists/min': `${peaks.lists} of ${budgets.lists}`,
    'tokens/min': `${peaks.tokens} of ${budgets.tokens}`,
    '@Interval': app.ticks,
    result: problems.length === 0 ? 'ok' : 'FAILED',
  };
  return { name: plan.name, row, problems, log: server.log };
}

/** A line for each row, below the names of the columns. */
function printTable(rows) {
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  const widths = names.map((_, column) =>
    Math.max(...lines.map((line) => String(line[column]).length)),
  );
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0
        ? String(cell).padEnd(widths[column])
        : String(cell).padStart(widths[column]),
    );
    console.log(cells.join('  '));
  }
}

function judgeProcess({ resources, healed, cpu, problems: found }, end) {
  const problems = texts(found);
  if (end !== 0) problems.push(`it did not end by itself (${end})`);
  const told = resources
    ? judgeResources(resources, problems)
    : ['too short to tell whether the heap grows'];
  const line = [
    ...told,
    `healed ${seconds(healed)} after the last trouble`,
    `${seconds((cpu.user + cpu.system) / 1000)} of processor time`,
    problems.length === 0 ? 'ok' : 'FAILED',
  ].join('; ');
  return { name: 'process', line, problems };
}

function judgeResources({ heap, handles }, problems) {
  const { slope, error, minutes, samples, last } = heap;
  const growth = `${slope.toFixed(0)} ± ${error.toFixed(0)} kB/min`;
  const most = heapGrowth(minutes);
  if ((slope - SIGMAS * error) * minutes > most) {
    problems.push(
      `the heap grows by ${growth}, at most ${most.toFixed(0)} kB in ${minutes.toFixed(1)} min`,
    );
  }
  const counts = Object.entries(handles).filter(
    ([, { first, last: now }]) => first + now > 0,
  );
  for (const [kind, { first, last: now }] of counts) {
    if (now - first <= HANDLE_GROWTH) continue;
    problems.push(
      `${kind}: at most ${first} at first, at least ${now} at last`,
    );
  }
  return [
    `heap ${last} kB, ${growth} (${samples} samples)`,
    counts
      .map(
        ([kind, { first, last: now }]) => `${kind} ≤ ${first}, then ≥ ${now}`,
      )
      .join(', '),
  ];
}

function texts(problems) {
  return Object.entries(problems).flatMap(([sort, { count, texts: some }]) => [
    `${sort}: ${count} times`,
    ...some.map((text) => `  ${text}`),
  ]);
}
