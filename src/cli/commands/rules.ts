import { listRules } from '../../offload/rules/list.js'
import { Session } from '../../offload/session.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import { ruleItem, rulesSummary, rulesTable } from '../rules-report.js'

interface Options {
  output: OutputFormat
  dev?: string
  chain?: number
  kind?: string
  ours?: boolean
  foreign?: boolean
}

export async function rules({ output, dev: device, chain, kind, ours, foreign }: Options): Promise<number> {
  using session = new Session()
  const owner = ours === foreign ? undefined : ours ? 'ours' : 'foreign'
  const listed = await listRules(session, { device, chain, kind, owner })
  const items = listed.rules.map((rule) => ruleItem(rule, listed.emulated))
  print({ kind: 'Rules', items, summary: { ...rulesSummary(listed) } }, output, () => rulesTable(listed))
  return EXIT.ok
}
