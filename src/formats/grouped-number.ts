/**
 * A whole number as people read it: 1,234,567. The same as `toLocaleString('en-US')`, which has to load the rules of all
 * languages first: as long as a tenth of a short run.
 */
export function groupedNumber(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
