import { SWITCH_ON } from '../../ovs/vlog/index.js'
import type { Reason } from '../reasons/index.js'
import type { SeenFlow } from './seen-flow.js'

/** What its log adds; nothing where there is no Open vSwitch to ask. */
function aboutLog(logged: boolean | undefined): string {
  if (logged === undefined) return ''
  return logged
    ? '; its log does not mention it, but leaves lines out where there are many: ovs-appctl vlog/disable-rate-limit'
    : `; its log says why, from when it is told to: ${SWITCH_ON}`
}

/** Of a flow that is not in hardware, where nobody heard the reason: what its line and the log tell. */
export function whySoftware(
  { offloaded, slowPath, told }: SeenFlow,
  by: 'tc' | 'ovs',
  logged: boolean | undefined,
): Reason {
  if (told !== undefined) return { code: 'TOLD_BY_OVS', text: told, hint: 'as Open vSwitch prints it', source: 'ovs' }
  if (slowPath) {
    return {
      code: 'SLOW_PATH',
      hint: 'its packets go to ovs-vswitchd itself: no hardware can do that',
      source: 'evidence',
    }
  }
  if (offloaded === 'partial') {
    return {
      code: 'PARTLY_OFFLOADED',
      hint: 'hardware only helps to recognise its packets; software carries them',
      source: 'evidence',
    }
  }
  if (by === 'ovs') {
    return {
      code: 'NOT_OFFERED',
      hint: `Open vSwitch has it in its own data path: hw-offload off, or TC cannot express it (nicsteer doctor)${aboutLog(logged)}`,
      source: 'evidence',
    }
  }
  return {
    code: 'NOT_HEARD',
    hint: 'Open vSwitch prints no reason; nicsteer verify --ovs --trace 10s hears it when it offers the flow again',
    source: 'evidence',
  }
}
