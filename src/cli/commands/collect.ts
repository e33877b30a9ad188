import { Transcript, useTranscript } from '../../base/transcript.js'
import { writeBundle } from '../../offload/bundle/bundle.js'
import { readEverything } from '../../offload/bundle/collect.js'
import { collectTexts } from '../../offload/bundle/texts.js'
import { needRoot } from '../../offload/session.js'
import { EXIT } from '../errors.js'
import { readSteering } from '../steering-file.js'
import { packageVersion } from '../version.js'

interface Options {
  output: string
  file?: string
  observe: number
}

export async function collect({ output, file, observe }: Options): Promise<number> {
  needRoot('collect')
  const transcript = new Transcript()
  using _ = useTranscript(transcript, 'record')
  const loaded = file === undefined ? undefined : readSteering(file)
  const problems = await readEverything(transcript, loaded, observe)
  const about = { nicsteer: packageVersion(), collected: new Date().toISOString(), problems }
  writeBundle(output, { ...about, transcript, texts: collectTexts() })
  for (const { what, why } of problems) console.error(`not in it: ${what}: ${why}`)
  console.log(`${output}: nicsteer COMMAND --bundle ${output} answers from it, without this node`)
  return EXIT.ok
}
