import { NicsteerError } from '../base/errors.js'
import type { ChassisVteps, Vtep } from '../steering/model.js'
import { encapOrder } from '../steering/ovn-choice.js'
import { DEFAULT_PLANE } from '../steering/spec/schema.js'
import { parseVtep } from '../steering/vtep.js'
import type { LocalOvs } from './local.js'

/** `ovn-encap-ip` as texts, in the order of OVN's numbers. */
export function encapIps({ setting }: Pick<LocalOvs, 'setting'>): string[] {
  return encapOrder(listed(setting('ovn-encap-ip')), setting('ovn-encap-ip-default'))
}

/**
 * The node's VTEPs in its Open vSwitch's words. A VTEP has the plane that is written with it, wherever that is.
 * @throws NicsteerError BAD_EXTERNAL_ID, with the key; PLANE_CONTRADICTION
 */
export function chassisVteps({ setting }: Pick<LocalOvs, 'setting'>): ChassisVteps {
  const written = [
    ...listed(setting('ovn-encap-ip')).map((text) => read('ovn-encap-ip', text)),
    ...listed(setting('ovn-encap-ip-default')).map((text) => read('ovn-encap-ip-default', text)),
    ...listed(setting('ovn-pf-encap-ip-mapping')).map(readMapping),
  ]
  const planes = new Map<string, string>()
  for (const { ip, plane, key } of written) {
    if (plane === undefined) continue
    const before = planes.get(ip)
    if (before !== undefined && before !== plane) {
      const hint = `write it in one place: ovs-vsctl get Open_vSwitch . external_ids:${key}`
      throw new NicsteerError('PLANE_CONTRADICTION', `${ip} is in plane ${before} and, in ${key}, in plane ${plane}`, {
        hint,
      })
    }
    planes.set(ip, plane)
  }
  const vteps = (key: string): Vtep[] =>
    written
      .filter((one) => one.key === key)
      .map(({ ip, pf }) => ({ ip, plane: planes.get(ip) ?? DEFAULT_PLANE, ...(pf !== undefined && { pf }) }))
  const all = vteps('ovn-encap-ip').sort((a, b) => (a.ip < b.ip ? -1 : 1))
  // OVN ignores a default that is none of the others (chassis.c chassis_parse_ovs_config).
  const byDefault = vteps('ovn-encap-ip-default').find(({ ip }) => all.some((one) => one.ip === ip))
  return {
    mapping: vteps('ovn-pf-encap-ip-mapping'),
    ...(byDefault !== undefined && { default: byDefault }),
    all,
  }
}

function listed(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || [])
}

function read(key: string, text: string, pf?: string) {
  try {
    return { key, ...parseVtep(text), ...(pf !== undefined && { pf }) }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    throw bad(key, error.message)
  }
}

/** `PF:VTEP`. The first colon ends the PF's name, so that the rest may be IPv6. */
function readMapping(text: string) {
  const key = 'ovn-pf-encap-ip-mapping'
  const [, pf, vtep] = /^([^:]+):(.+)$/.exec(text) ?? []
  if (pf === undefined || vtep === undefined) throw bad(key, `"${text}" is not PF:VTEP`)
  return read(key, vtep, pf)
}

function bad(key: string, what: string): NicsteerError {
  const hint = `ovs-vsctl set Open_vSwitch . external_ids:${key}=…`
  return new NicsteerError('BAD_EXTERNAL_ID', `external_ids:${key} of the local Open vSwitch: ${what}`, { hint })
}
