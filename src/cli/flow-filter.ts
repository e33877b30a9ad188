import type { JudgedItem } from '../offload/flows/read.js'
import type { SeenFlow } from '../offload/flows/seen-flow.js'
import type { FlowType } from '../ovs/dump-flows/index.js'
import { showVf } from '../steering/model.js'

/** Which lines; all where nothing is said. */
export interface FlowFilter {
  /** PCI address and number of the VF, or its representor. */
  vf?: string
  type?: FlowType
  /** Code of a reason. */
  reason?: string
  verdict?: string
}

/** Lines that are no flows only where everything is asked for. */
export function isAsked({ judged }: JudgedItem, { vf, type, reason, verdict }: FlowFilter): boolean {
  if (judged === undefined)
    return vf === undefined && reason === undefined && verdict === undefined && (type === undefined || type === 'all')
  if (reason !== undefined && judged.reason?.code !== reason.toUpperCase()) return false
  if (verdict !== undefined && judged.verdict !== verdict) return false
  if (type !== undefined && !isOfType(judged.flow, type)) return false
  if (vf === undefined) return true
  const { owner, flow } = judged
  const { pf, index } = owner?.vf ?? {}
  const names = owner === undefined ? [] : [showVf(owner.vf), `${pf}/${index}`]
  return [flow.inPort, ...flow.outputs, ...names].includes(vf)
}

/** As ovs-vswitchd(8) has it for dpctl/dump-flows. */
function isOfType({ layer, offloaded }: SeenFlow, type: FlowType): boolean {
  switch (type) {
    case 'all':
      return true
    case 'offloaded':
      return offloaded === 'yes'
    case 'partially-offloaded':
      return offloaded === 'partial'
    case 'non-offloaded':
      return offloaded === undefined
    default:
      return layer === type
  }
}
