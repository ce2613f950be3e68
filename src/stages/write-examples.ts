import { ByteWriter } from '../formats/byte-writer.js'
import { type Compression, loadCompressor } from '../formats/compression.js'
import { type PlainColumn, plainRowGroup } from '../formats/parquet/plain-file.js'
import type { Stage } from '../pool/stage.js'
import { type DrawOptions, ExampleDraws } from './example-draws.js'
import { type ExampleData, ExampleValues } from './example-values.js'
import { type ExportTemplate, type LineOptions, lineProgram } from './export-line.js'
import { fillLeaves, rolesOf, rowProgram } from './export-row.js'
import { LineWriter } from './line-writer.js'
import { templateDemographics } from './template-program.js'

/**
 * Which examples there are, in which order: places in `cells`, at each of which an example begins. A cell is
 * respondent x questions + question. Without `cells`, the order holds the cells themselves, each above `answerBits` bits
 * of its answer: to look up scattered answers would wait for memory on every line.
 */
export interface ExampleOrder {
  order: Uint32Array
  cells?: Uint32Array
  /** Questions of an example, at most: it ends with its respondent. */
  turns: number
  /** 0 where the answers are to be looked up. */
  answerBits: number
  /** Neighbours in the order are of different respondents. */
  scattered: boolean
}

export interface WriteExamplesOptions {
  data: ExampleData
  line: LineOptions
  templates: ExportTemplate[]
  examples: ExampleOrder
  draws: DrawOptions
  /** Lines of JSON, or row groups of Parquet with these columns. */
  columns?: PlainColumn[]
  compression: Compression
}

/** A stretch of the order to be written; `buffer` is one to write to, used before. */
export interface ExampleRange {
  index: number
  from: number
  to: number
  buffer?: ArrayBuffer
}

export interface WrittenExamples {
  index: number
  rows: number
  bytes: Uint8Array<ArrayBufferLike>
  /** Of a row group, what the footer must say of it. */
  chunks?: Float64Array
}

/** Writes stretches of the examples: as lines in a format, or as row groups with the same columns. */
export async function writeExamples(options: WriteExamplesOptions): Promise<Stage<ExampleRange, WrittenExamples>> {
  const { columns } = options
  const compress = await loadCompressor(options.compression)
  const lines = new ExampleLines(options)
  const out = new ByteWriter(0)
  return {
    name: 'write-examples',
    apply({ index, from, to, buffer }) {
      const rows = to - from
      if (buffer !== undefined) out.bytes = new Uint8Array(buffer)
      out.clear()
      lines.write(out, from, to)
      if (columns !== undefined) {
        const leaves = fillLeaves(columns, rolesOf(options.line.format), out)
        const { bytes, numbers } = plainRowGroup(columns, leaves, compress)
        return { index, rows, bytes, chunks: numbers }
      }
      if (options.compression !== 'none') return { index, rows, bytes: compress(out.view()) }
      // The buffer goes with the result: the next range brings one of its own.
      const bytes = out.view()
      out.bytes = new Uint8Array(0)
      return { index, rows, bytes }
    },
  }
}

/** Builds the stage as a function, for the workers of a pool. */
export async function buildChain(options: WriteExamplesOptions): Promise<(range: ExampleRange) => WrittenExamples> {
  const stage = await writeExamples(options)
  return (range) => stage.apply(range)
}

/** The lines of examples: each takes a template, and what is drawn for it. */
export class ExampleLines {
  private readonly lines: LineWriter[]
  private readonly used: number[][]
  private readonly draws: ExampleDraws
  private readonly asked: Uint16Array
  private readonly at
  private readonly donor
  /** Nothing is drawn for a line, and it asks one question. */
  private readonly isPlain: boolean

  constructor(private readonly options: WriteExamplesOptions) {
    const { data, templates, draws, examples } = options
    const values = new ExampleValues(data)
    const drawn = { drawn: draws.demographicsPerExample !== undefined, context: draws.contextAnswers > 0 }
    const program = options.columns === undefined ? lineProgram : rowProgram
    this.lines = templates.map((template) => new LineWriter(program(options.line, template, values, drawn), data))
    this.used = templates.map((template) => templateDemographics(template.parts, data))
    this.draws = new ExampleDraws(data, draws)
    this.asked = new Uint16Array(examples.turns)
    this.at = newCursor(data)
    this.donor = newCursor(data)
    this.isPlain =
      draws.demographicsPerExample === undefined &&
      draws.contextAnswers === 0 &&
      draws.fewShot === 0 &&
      templates.length === 1 &&
      examples.turns === 1
    // Not worth it for a handful of examples, a sample for one.
    if (examples.scattered && examples.order.length > data.respondents.rows) {
      for (const line of this.lines) line.keep(this.at, this.isPlain)
    } else if (this.isPlain && !examples.scattered) this.lines[0].join()
  }

  write(out: ByteWriter, from: number, to: number): void {
    if (this.isPlain) this.writePlain(out, from, to)
    else this.writeDrawn(out, from, to)
  }

  /** The hot loop, for examples that draw nothing. */
  private writePlain(out: ByteWriter, from: number, to: number): void {
    const { data, examples } = this.options
    const { order, answerBits } = examples
    const { answers } = data.respondents
    const { at, lines } = this
    const [line] = lines
    const width = data.questions.length
    const answerMask = 2 ** answerBits - 1
    for (let index = from; index < to; index++) {
      const place = order[index]
      const cell = place >>> answerBits
      at.row = Math.floor(cell / width)
      at.question = cell - at.row * width
      at.answer = answerBits === 0 ? answers[cell] : place & answerMask
      line.write(out, at)
    }
    line.flush(out)
  }

  private writeDrawn(out: ByteWriter, from: number, to: number): void {
    const { data, examples, templates } = this.options
    const { order, cells, turns, answerBits } = examples
    const { answers } = data.respondents
    const { at, draws } = this
    const width = data.questions.length
    for (let index = from; index < to; index++) {
      const place = order[index]
      const cell = cells === undefined ? place >>> answerBits : cells[place]
      at.row = Math.floor(cell / width)
      at.question = cell - at.row * width
      at.answer = answers[cell]
      this.asked[0] = at.question
      let asked = 1
      if (cells !== undefined) {
        const end = (at.row + 1) * width
        for (; asked < turns && place + asked < cells.length; asked++) {
          const next = cells[place + asked]
          if (next >= end || next < end - width) break
          this.asked[asked] = next - (end - width)
        }
      }
      const template = draws.template(at.row, at.question, templates.length)
      const line = this.lines[template]
      draws.example(at, this.used[template], this.asked.subarray(0, asked))
      line.open(out, at)
      this.writeWorked(out, line, template)
      line.ask(out, at)
      for (let turn = 1; turn < asked; turn++) {
        at.question = this.asked[turn]
        at.answer = answers[at.row * width + at.question]
        line.follow(out, at)
      }
      line.close(out, at)
    }
  }

  private writeWorked(out: ByteWriter, line: LineWriter, template: number): void {
    const { at, donor, draws } = this
    const people = draws.donors(at.row, at.question)
    for (let person = 0; person < people; person++) {
      if (draws.person(donor, person, at.question, this.used[template])) line.work(out, donor)
    }
  }
}

function newCursor(data: ExampleData) {
  const width = data.questions.length
  return {
    row: 0,
    question: 0,
    answer: 0,
    shown: new Uint8Array(data.demographics.length).fill(1),
    contextQuestions: new Int32Array(width),
    contextAnswers: new Int32Array(width),
    contextCount: 0,
    item: 0,
    number: 0,
    count: 0,
  }
}
