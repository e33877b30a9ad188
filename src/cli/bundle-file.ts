import { useTranscript } from '../base/transcript.js'
import { readBundle } from '../offload/bundle/bundle.js'

/** From now on a bundle answers in the node's place; what it lacks is said on standard error. */
export function useBundle(path: string): void {
  const { about, transcript } = readBundle(path)
  useTranscript(transcript, 'replay')
  console.error(`bundle of ${about.collected}, by nicsteer ${about.nicsteer}`)
  for (const { what, why } of about.problems) console.error(`not in it: ${what}: ${why}`)
}
