import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SurveyError } from '../formats/survey-error.js'
import { reasonOf } from './survey-file.js'
import { systemErrorCode } from './system-error.js'

const partialFolder = '.wvs-partial'
export const manifestName = 'manifest.json'

/**
 * The folder of a dataset. Files are written in a folder of their own inside it and appear under their final names
 * only when all of them are whole; the manifest comes last. A run that is killed leaves that inner folder behind,
 * which the next run clears away.
 */
export class OutputFolder {
  private readonly partial: string
  /** Folders that were made for this one, the outermost first. */
  private made: string[] = []

  private constructor(readonly path: string) {
    this.partial = join(path, partialFolder)
  }

  /** Makes the folder, or takes an empty one; one that holds anything only with `overwrite`. */
  static async prepare(path: string, overwrite: boolean): Promise<OutputFolder> {
    const folder = new OutputFolder(path)
    try {
      folder.made = await makeFolder(path)
      const entries = (await readdir(path)).filter((name) => name !== partialFolder && name !== '.gitkeep')
      if (entries.length > 0 && !overwrite) {
        throw new SurveyError(
          `the output folder is not empty; choose another, or pass --overwrite to replace a dataset`,
          {
            place: { file: path },
            kind: 'usage',
          },
        )
      }
      await rm(folder.partial, { recursive: true, force: true })
      await mkdir(folder.partial)
    } catch (cause) {
      if (cause instanceof SurveyError) throw cause
      throw new SurveyError(`the output folder can not be written to (${reasonOf(cause)})`, {
        place: { file: path },
        cause,
      })
    }
    return folder
  }

  /** Prepares the folder for some work, which publishes what it made; clears away what is left where the work fails. */
  static async during<Result>(
    { out, overwrite = false }: { out: string; overwrite?: boolean },
    work: (folder: OutputFolder) => Promise<Result>,
  ): Promise<Result> {
    const folder = await OutputFolder.prepare(out, overwrite)
    try {
      return await work(folder)
    } catch (error) {
      await folder.discard()
      throw error
    }
  }

  /** Where a file is written until it is whole. */
  partialPath(name: string): string {
    return join(this.partial, name.replaceAll('/', '--'))
  }

  /** Writes a small file whole. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    const path = this.partialPath(name)
    await writeFile(path, content)
    await syncFile(path)
  }

  /**
   * Gives all files their final names, the manifest last. What an earlier manifest lists goes first, so that no
   * file of another run stays among the new ones.
   */
  async publish(files: { partial: string; name: string }[], manifest: string): Promise<void> {
    await this.removeEarlier()
    for (const folder of new Set(files.map(({ name }) => dirname(join(this.path, name))))) {
      await makeFolder(folder)
    }
    for (const { partial, name } of files) await rename(partial, join(this.path, name))
    await this.write(manifestName, manifest)
    await rename(this.partialPath(manifestName), join(this.path, manifestName))
    await rm(this.partial, { recursive: true, force: true })
  }

  /** Clears away what was not published, and the folders that were made for it. */
  async discard(): Promise<void> {
    await rm(this.partial, { recursive: true, force: true })
    // One that somebody else has put something into stays, with those above it.
    for (const folder of this.made.toReversed()) await rmdir(folder).catch(() => {})
  }

  private async removeEarlier(): Promise<void> {
    const manifestPath = join(this.path, manifestName)
    // A manifest that is not there or not readable lists nothing.
    const listed = await readFile(manifestPath, 'utf8')
      .then(listedFiles)
      .catch(() => [])
    await rm(manifestPath, { force: true })
    const leftover = await this.leftoverShards()
    for (const name of [...listed, ...leftover]) await rm(join(this.path, name), { force: true })
  }

  /** Shards without a manifest: a run was killed while it gave them their names. */
  private async leftoverShards(): Promise<string[]> {
    const names: string[] = []
    for (const folder of ['examples', 'records']) {
      const path = join(this.path, folder)
      if (!(await stat(path).catch(() => undefined))?.isDirectory()) continue
      for (const name of await readdir(path)) {
        if (/^(train|valid|test)-\d{5}-of-\d{5}\./.test(name)) names.push(`${folder}/${name}`)
      }
    }
    return names
  }
}

/**
 * Makes a folder and those above it; gives those that were not there, the outermost first. Node's own recursive mkdir never
 * returns where the system says that a parent is missing which is there, as it does under /proc.
 */
async function makeFolder(path: string): Promise<string[]> {
  const outcome = await makeOneFolder(path)
  if (outcome !== 'no parent') return outcome === 'made' ? [path] : []
  const above = await makeFolder(dirname(path))
  if ((await makeOneFolder(path)) === 'no parent') throw new Error('the system makes no folder there')
  return [...above, path]
}

/** Throws where there is something of that name that is no folder. */
async function makeOneFolder(path: string): Promise<'made' | 'there' | 'no parent'> {
  try {
    await mkdir(path)
    return 'made'
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' && dirname(path) !== path) return 'no parent'
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return 'there'
    throw error
  }
}

/** The files that a manifest lists, none outside its folder. */
function listedFiles(manifest: string): string[] {
  const parsed: unknown = JSON.parse(manifest)
  if (typeof parsed !== 'object' || parsed === null || !('files' in parsed) || !Array.isArray(parsed.files)) return []
  return parsed.files
    .map((file: unknown) => (typeof file === 'object' && file !== null && 'path' in file ? String(file.path) : ''))
    .filter((path) => path !== '' && !path.startsWith('/') && !path.split('/').includes('..'))
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
