/** Text out of a file, which may hold anything, as it can stand in one line on a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
}
