import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { EncodedPiece } from '../batch/example-batch.js'
import { shuffledOrder, shuffledSizes } from '../stages/shuffle-split.js'
import type { OutputFolder } from './output-folder.js'
import type { ReferenceOutput } from './output-plan.js'
import type { Recipe } from './recipe.js'
import { ShardFile, type WholeFile } from './shard-file.js'

export interface ReferenceFile extends WholeFile {
  name: string
  table: string
  split: string
}

/** Up to this size the full table is held in memory while the splits are put together from it. */
const heldBytes = 256 << 20

/** A split file is put together in pieces of about this size. */
const pieceBytes = 4 << 20

/**
 * Writes one table of the reference dataset: `full` in file order while the pieces come, then the three splits from it,
 * in the order of the reference's shuffle.
 */
export class ReferenceFiles {
  private readonly lengths: Uint32Array[] = []
  private readonly header: Buffer

  private constructor(
    private readonly folder: OutputFolder,
    private readonly output: ReferenceOutput,
    private readonly recipe: Recipe,
    idColumn: string,
    private readonly full: ShardFile,
  ) {
    this.header = Buffer.from(`${[idColumn, ...output.columns.map(({ id }) => id)].join('\t')}\n`)
  }

  static async create(
    folder: OutputFolder,
    output: ReferenceOutput,
    recipe: Recipe,
    idColumn: string,
  ): Promise<ReferenceFiles> {
    const full = await ShardFile.create(folder.partialPath(partialName(output, 'full')))
    const files = new ReferenceFiles(folder, output, recipe, idColumn, full)
    await full.append(files.header, 0)
    return files
  }

  async append(piece: EncodedPiece): Promise<void> {
    if (piece.rowLengths === undefined) throw new Error('a piece of a reference table came without its row lengths')
    this.lengths.push(piece.rowLengths)
    await this.full.append(piece.bytes, piece.rows)
  }

  async finish(): Promise<ReferenceFile[]> {
    const full = await this.full.finish()
    const rows = new RowSource(full.partial, this.header.length, this.lengths, full.bytes)
    try {
      const { seed, ratios } = this.recipe.split
      const order = shuffledOrder(rows.count, seed)
      const { train, test } = shuffledSizes(rows.count, ratios)
      const parts = {
        train: order.subarray(0, train),
        test: order.subarray(train, train + test),
        valid: order.subarray(train + test),
      }
      const files = [this.named(full, 'full')]
      for (const [split, members] of Object.entries(parts)) files.push(await this.writeSplit(split, members, rows))
      return files
    } finally {
      rows.close()
    }
  }

  async abandon(): Promise<void> {
    await this.full.abandon()
  }

  private async writeSplit(split: string, members: Uint32Array, rows: RowSource): Promise<ReferenceFile> {
    const file = await ShardFile.create(this.folder.partialPath(partialName(this.output, split)))
    await file.append(this.header, 0)
    const buffer = Buffer.alloc(pieceBytes + rows.longest)
    let held = 0
    let heldRows = 0
    for (const row of members) {
      held = rows.copy(row, buffer, held)
      heldRows++
      if (held < pieceBytes) continue
      await file.append(buffer.subarray(0, held), heldRows)
      held = 0
      heldRows = 0
    }
    await file.append(buffer.subarray(0, held), heldRows)
    return this.named(await file.finish(), split)
  }

  private named(file: WholeFile, split: string): ReferenceFile {
    const { table } = this.output
    return { ...file, name: `${split}/${split}_${table}.tsv`, table, split }
  }
}

function partialName({ table }: ReferenceOutput, split: string): string {
  return `${split}-${table}.tsv`
}

/** The rows of a written table, by number: from memory where the table is small enough, else from the file. */
class RowSource {
  readonly count: number
  readonly longest: number
  private readonly starts: Float64Array
  private readonly bytes: Buffer | undefined
  private readonly descriptor: number | undefined

  constructor(path: string, offset: number, lengths: Uint32Array[], size: number) {
    this.count = lengths.reduce((sum, part) => sum + part.length, 0)
    this.starts = new Float64Array(this.count + 1)
    this.starts[0] = offset
    let row = 0
    let longest = 0
    for (const part of lengths) {
      for (const length of part) {
        this.starts[row + 1] = this.starts[row] + length
        longest = Math.max(longest, length)
        row++
      }
    }
    this.longest = longest
    if (size <= heldBytes) this.bytes = readFileSync(path)
    else this.descriptor = openSync(path, 'r')
  }

  /** Copies a row to `target` at `position`; gives the position after it. */
  copy(row: number, target: Buffer, position: number): number {
    const start = this.starts[row]
    const length = this.starts[row + 1] - start
    if (this.bytes !== undefined) this.bytes.copy(target, position, start, start + length)
    else if (this.descriptor !== undefined) readSync(this.descriptor, target, position, length, start)
    return position + length
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
  }
}
