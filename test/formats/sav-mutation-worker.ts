import { workerData } from 'node:worker_threads'
import { openDta } from '#src/formats/dta.js'
import { openSav } from '#src/formats/sav.js'
import { type MutationRun, readMutations } from './sav-mutation.js'

const { form, files, count, seed }: MutationRun = workerData
const buffers = files.map((file) => Buffer.from(file))
await readMutations(buffers, form === 'sav' ? openSav : openDta, count, seed)
