import type {
  DoctorCheck,
  DoctorReport,
  DoctorStatus,
} from '../client/doctor/doctor-report.js';

/** Escape codes of terminals. */
const COLORS: Readonly<Record<DoctorStatus, number>> = {
  ok: 32,
  warning: 33,
  failed: 31,
  skipped: 2,
};

const GAP = '  ';

/** A report as lines for a person. */
export function reportTable(report: DoctorReport, hasColors: boolean): string {
  const { checks } = report;
  const name = widest('check', ...checks.map((check) => check.name));
  const status = widest('result', ...checks.map((check) => check.status));
  const ms = widest('ms', ...checks.map((check) => String(check.ms)));
  const indent = ' '.repeat(name + status + ms + 3 * GAP.length);
  const row = (one: string, result: string, time: string, text: string) =>
    [one.padEnd(name), result, time.padStart(ms), text].join(GAP);
  const paint = (result: DoctorStatus): string => {
    const padded = result.padEnd(status);
    return hasColors ? `\u001b[${COLORS[result]}m${padded}\u001b[0m` : padded;
  };
  const lines = checks.flatMap((check) => {
    const [first = '', ...more] = textsOf(check);
    return [
      row(check.name, paint(check.status), String(check.ms), first),
      ...more.map((line) => indent + line),
    ];
  });
  const head = row('check', 'result'.padEnd(status), 'ms', 'detail');
  return `${[head, ...lines].join('\n')}\n\n${summary(checks)}\n`;
}

function textsOf({ detail, hint }: DoctorCheck): string[] {
  return [detail, ...(hint === undefined ? [] : [`-> ${hint}`])]
    .join('\n')
    .split('\n')
    .map((line) => line.replace(/\p{Cc}+/gu, ' '));
}

function summary(checks: readonly DoctorCheck[]): string {
  const parts = (['failed', 'warning', 'skipped', 'ok'] as const)
    .map((status) => ({
      status,
      count: checks.filter((check) => check.status === status).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`);
  return parts.join(', ');
}

function widest(...texts: string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}
