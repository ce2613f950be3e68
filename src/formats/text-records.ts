/**
 * Records of cells as comma-separated text (RFC 4180), for forms that are read by way of it: what the scanner makes of
 * the text are the same cells again.
 */
export class TextRecords {
  private readonly parts: string[] = []

  /** The header: every cell in quotes, so that no other character in it looks like the delimiter. */
  addHeader(names: readonly string[]): void {
    this.parts.push(names.map(quote).join(','), '\n')
  }

  /** A record of at least `width` cells; a cell that is undefined is empty. */
  addRecord(cells: readonly (string | undefined)[], width: number): void {
    const { parts } = this
    const length = Math.max(cells.length, width)
    for (let index = 0; index < length; index++) {
      if (index > 0) parts.push(',')
      const cell = cells[index]
      if (cell !== undefined) parts.push(/[",\r\n]/.test(cell) ? quote(cell) : cell)
    }
    parts.push('\n')
  }

  addBlankLines(count: number): void {
    this.parts.push('\n'.repeat(count))
  }

  /** The text so far, as UTF-8; what is added afterwards comes with the next. */
  take(): Uint8Array {
    const text = this.parts.join('')
    this.parts.length = 0
    return Buffer.from(text)
  }
}

function quote(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}
