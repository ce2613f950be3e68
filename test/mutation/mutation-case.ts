import { SurveyError } from '#src/formats/survey-error.js'
import { seededRandom } from '../formats/sav-reading.js'
import type { MutationForm } from './mutation-form.js'
import { readerForms } from './reader-forms.js'
import { wholeForms } from './whole-forms.js'

const forms = { ...readerForms, ...wholeForms }

/** The forms that can be damaged, by name. */
export const mutationForms: readonly string[] = Object.keys(forms)

/** Most memory that a form's cases may add to their process, in bytes. */
const MOST_ADDED_BYTES = 400 * 2 ** 20

/** The cases of a form and a seed: each is told by its number alone, so that any of them can be run again by itself. */
export class MutationCases {
  private readonly form: MutationForm
  private readonly peakBefore = peakBytes()

  constructor(
    readonly name: string,
    private readonly seed: number,
  ) {
    if (forms[name] === undefined) throw new Error(`no form ${name}; expected one of ${mutationForms.join(', ')}`)
    this.form = forms[name]()
  }

  /** The sound files, which must read. */
  async readSound(): Promise<void> {
    for (const file of this.form.files) await this.form.read(file, () => 0.9)
  }

  /** The damaged file of a case. */
  damagedFile(number: number): Buffer {
    return this.damaged(number).bytes
  }

  private damaged(number: number): { bytes: Buffer; random: () => number } {
    const random = seededRandom(Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(this.seed + 1, 0x85ebca6b))
    const { files } = this.form
    return { bytes: this.form.mutate(files[number % files.length], random), random }
  }

  /** Whether the damaged file of a case read; throws where it neither read nor ended in one line for the user. */
  async run(number: number): Promise<boolean> {
    const { bytes, random } = this.damaged(number)
    const isRead = await this.form.read(bytes, random).then(
      () => true,
      (error: unknown) => {
        if (isOneLine(error)) return false
        throw new Error(this.describe(number, error instanceof Error ? (error.stack ?? error.message) : String(error)))
      },
    )
    const added = peakBytes() - this.peakBefore
    if (added > MOST_ADDED_BYTES) throw new Error(this.describe(number, `memory grew by ${added >> 20} MB`))
    return isRead
  }

  private describe(number: number, what: string): string {
    return `form ${this.name}, seed ${this.seed}, case ${number}: ${what}`
  }
}

function isOneLine(error: unknown): boolean {
  // Control characters out of a file do things to a terminal, line ends among them.
  return error instanceof SurveyError && !/[\p{Cc}\u2028\u2029]/u.test(error.message) && error.message.length < 4000
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024
}
