import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { detectDialect, dialectSampleBytes } from '../formats/dialect.js'
import { SurveyError } from '../formats/survey-error.js'
import type { SurveyFile } from './plan.js'

/** Opens a survey file as far as its header. Throws a SurveyError where it can not be read or is none. */
export async function openSurveyFile(path: string): Promise<SurveyFile> {
  const name = basename(path)
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new SurveyError(`the survey file can not be opened (${reasonOf(cause)})`, { place: { file: path }, cause })
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new SurveyError('this is no file; expected a survey file', { place: { file: path } })
    const sample = Buffer.alloc(Math.min(stat.size, dialectSampleBytes))
    const { bytesRead } = await file.read(sample, 0, sample.length, 0)
    const dialect = detectDialect(sample.subarray(0, bytesRead), name, bytesRead === stat.size)
    if (dialect.dataStart >= stat.size) {
      throw new SurveyError('the file holds a header and no respondent', { place: { file: name } })
    }
    return { path, name, bytes: stat.size, dialect }
  } finally {
    await file.close()
  }
}

/** What the system said, in a word or two. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'no such file or folder'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    case 'EEXIST':
      return 'it is a file'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENOTDIR':
      return 'part of the path is a file'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
