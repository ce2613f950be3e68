import { type MessagePort, parentPort } from 'node:worker_threads'
import { movedBuffers } from './moved-buffers.js'
import type { FinishedWork, SentWork } from './side-thread.js'
import { sentError } from './survey-failure.js'

if (parentPort === null) throw new Error('this module is for a thread')
serve(parentPort)

/** Does what it is sent, one piece after the other. */
function serve(port: MessagePort): void {
  let last: Promise<void> = Promise.resolve()
  port.on('message', (sent: SentWork) => {
    last = last.then(() => perform(sent)).then((finished) => port.postMessage(finished, movedBuffers(finished)))
  })
  port.postMessage('loaded')
}

async function perform({ number, module, data }: SentWork): Promise<FinishedWork> {
  try {
    const { work } = await import(module)
    return { number, result: await work(data) }
  } catch (error) {
    return { number, error: sentError(error) }
  }
}
