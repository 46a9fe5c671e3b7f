// How figures, times and lengths of time are written.

const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const number = (value) => whole.format(Math.round(value));

/** 12,431 as it is, 1,234,567 as 1.2M: for small places. */
export const short = (value) => (Math.abs(value) < 100_000 ? number(value) : compact.format(value));

export const rate = (value) => (value > 0 && value < 10 ? value.toFixed(1) : short(value));

export const bytes = (value) => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
};

export const duration = (ms) => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
};

const two = (value) => String(value).padStart(2, '0');

/** 2026-11-30 23:59:01, in UTC as the logs have it. */
export const time = (ms) => {
  if (ms === null || ms === undefined) return '–';
  const at = new Date(ms);
  const day = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
};

export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** The first characters of an id: enough to tell two apart. */
export const brief = (id) => (id.length > 13 ? `${id.slice(0, 8)}…` : id);
