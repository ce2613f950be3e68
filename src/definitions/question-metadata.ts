import type { LoadedDefinition } from './loaded-definition.js'
import { questionSentence } from './wording.js'

/**
 * `question_metadata.json` in the reference dataset's layout: one entry for the interview id and each demographic and
 * value question, in the definition's order, indented by four spaces, without a last line end. A definition that was
 * read from the reference's own files gives back the bytes of its file; any other gives our wording.
 */
export function questionMetadataJson(loaded: LoadedDefinition): Uint8Array {
  if (loaded.questionMetadata !== undefined) return loaded.questionMetadata
  const entries: Record<string, object> = {}
  for (const variable of loaded.definition.variables) {
    if (variable.kind !== 'id' && variable.kind !== 'demographic' && variable.kind !== 'value') continue
    entries[variable.id] = {
      question: questionSentence(variable),
      category: variable.category ?? '',
      use_case: variable.kind === 'value' ? 'value' : 'demographic',
      answer_scale_min: variable.scale?.min ?? '',
      answer_scale_max: variable.scale?.max ?? '',
      answer_data_type: variable.measure === 'ordinal' ? 'ordinal' : 'non_ordinal',
    }
  }
  return Buffer.from(asciiOnly(JSON.stringify(entries, null, 4)))
}

/** Python's json module, which wrote the reference's file, escapes whatever is not ASCII. */
function asciiOnly(json: string): string {
  return json.replace(/[^ -~\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
