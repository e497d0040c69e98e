/** Amounts of bytes for people: `812 bytes`, `64 KiB`, `1.2 GiB`. Pure. */
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Three digits at most, in powers of 1024. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  let value = bytes;
  let unit = -1;
  // What would be rounded to 1024 is one of the next unit.
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${UNITS[Math.max(0, unit)]}`;
}
