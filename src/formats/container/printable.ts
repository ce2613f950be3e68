/** A name out of a file, which may hold anything, as it can stand in a message of one line. */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
}
