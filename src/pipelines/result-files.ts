import type { OutputFolder } from './output-folder.js'
import { ShardFile } from './shard-file.js'

/** A file of results, held whole: its bytes, one piece behind the other. */
export interface ResultFile {
  path: string
  rows?: number
  content: readonly Uint8Array[]
}

export interface ListedFile {
  path: string
  rows?: number
  bytes: number
  sha256: string
}

/**
 * Writes files of results under their final names, all or none, and a manifest that lists them last, in the order given: each
 * as soon as it is there.
 */
export async function writeResults<Manifest extends { files: ListedFile[] }>(
  folder: OutputFolder,
  files: readonly (readonly ResultFile[] | Promise<readonly ResultFile[]>)[],
  describe: (files: ListedFile[]) => Manifest | Promise<Manifest>,
): Promise<Manifest> {
  const written = await Promise.allSettled(
    files.map(async (some) => Promise.all((await some).map((file) => writeResult(folder, file)))),
  )
  const whole = written.flatMap((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
  const manifest = await describe(whole.map(({ listed }) => listed))
  await folder.publish(
    whole.map(({ partial, listed }) => ({ name: listed.path, partial })),
    `${JSON.stringify(manifest, null, 2)}\n`,
  )
  return manifest
}

async function writeResult(
  folder: OutputFolder,
  { path, rows, content }: ResultFile,
): Promise<{ partial: string; listed: ListedFile }> {
  const file = await ShardFile.create(folder.partialPath(path))
  for (const piece of content) await file.send(piece, 0)
  const { partial, bytes, sha256 } = await file.finish()
  return { partial, listed: { path, ...(rows === undefined ? {} : { rows }), bytes, sha256 } }
}
