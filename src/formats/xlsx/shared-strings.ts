import type { SaxesTagPlain } from 'saxes'
import { SurveyError } from '../survey-error.js'
import { localName } from './local-name.js'

/** More text than the cells of a survey share. */
const mostText = 2 ** 28

/** Gathers the strings that cells refer to by number (ECMA-376, part 1, 18.4.9), without their formatting. */
export class SharedStrings {
  readonly texts: string[] = []
  private current = ''
  private inText = false
  /** Within a phonetic hint (`rPh`), which is no part of the text. */
  private inHint = false
  private length = 0

  constructor(private readonly file: string) {}

  open({ name }: SaxesTagPlain): void {
    const tag = localName(name)
    if (tag === 'si') this.current = ''
    else if (tag === 'rPh') this.inHint = true
    else if (tag === 't') this.inText = !this.inHint
  }

  text(text: string): void {
    if (!this.inText) return
    this.length += text.length
    if (this.length > mostText) {
      throw new SurveyError(`the workbook's cells share more than ${mostText} characters of text`, {
        place: { file: this.file },
      })
    }
    this.current += text
  }

  close({ name }: SaxesTagPlain): void {
    const tag = localName(name)
    if (tag === 'si') this.texts.push(this.current)
    else if (tag === 'rPh') this.inHint = false
    else if (tag === 't') this.inText = false
  }
}
