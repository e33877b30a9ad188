import { clear as clearSteering } from '../../offload/clear.js'
import { needRoot, Session } from '../../offload/session.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'

interface Options {
  output: OutputFormat
  lockWait: number
}

export async function clear({ output, lockWait }: Options): Promise<number> {
  needRoot('clear')
  using session = new Session()
  const { rules, devices, qdiscs, foreign } = await clearSteering(session, { lockSeconds: lockWait })
  print({ kind: 'Clear', items: [], summary: { rules, devices, qdiscs, foreign } }, output, () => {
    const parts = [`${rules} rules removed`, `${qdiscs} qdiscs removed`]
    if (devices.length > 0) parts.push(`tunnel device ${devices.join(', ')} removed`)
    if (foreign > 0) parts.push(`${foreign} rules of others left alone`)
    return parts.join('; ')
  })
  return EXIT.ok
}
