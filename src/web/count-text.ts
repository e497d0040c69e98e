/** "12 345": groups of three with a narrow blank that does not break. */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}
