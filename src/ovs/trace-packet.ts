import type { IpAddress, MacAddress } from '../base/types.js'
import { control } from './unixctl/index.js'
import { UnixctlRefusal } from './unixctl/refusal.js'

/** A packet that a port might send. */
export interface ImaginedPacket {
  port: string
  srcMac: MacAddress
  dstMac: MacAddress
  /** Of one family; an ICMP echo request then, else a frame of no protocol. */
  ips?: { src: IpAddress; dst: IpAddress } | undefined
}

/** IEEE 802 local experimental: no table of a protocol is asked. */
const NO_PROTOCOL = 'eth_type(0x88b5)'
const ACTIONS = 'Datapath actions: '

/**
 * What Open vSwitch would do with a packet: the data path's actions as `dpctl/dump-flows` prints them, of each pass where it recirculates.
 * Nothing is sent and nothing learnt (ovs-vswitchd(8), ofproto/trace).
 * @throws UnixctlRefusal; NicsteerError as control() does
 */
export async function tracePacket(packet: ImaginedPacket): Promise<string[]> {
  const lines = await answered(keyOf(packet))
  return lines.flatMap((line) => (line.startsWith(ACTIONS) ? line.slice(ACTIONS.length) : []))
}

async function answered(key: string): Promise<string[]> {
  try {
    return await all('--names', 'ovs-system', key)
  } catch (error) {
    // Before 3.1 it knows numbers only.
    if (!(error instanceof UnixctlRefusal) || !error.text.includes('unknown option')) throw error
    return all('ovs-system', key)
  }
}

async function all(...args: string[]): Promise<string[]> {
  const lines: string[] = []
  for await (const line of control('ofproto/trace', args)) lines.push(line)
  return lines
}

function keyOf({ port, srcMac, dstMac, ips }: ImaginedPacket): string {
  const frame = `in_port(${port}),eth(src=${srcMac},dst=${dstMac})`
  if (ips === undefined) return `${frame},${NO_PROTOCOL}`
  const { src, dst } = ips
  return src.includes(':')
    ? `${frame},eth_type(0x86dd),ipv6(src=${src},dst=${dst},label=0,proto=58,tclass=0,hlimit=64,frag=no),icmpv6(type=128,code=0)`
    : `${frame},eth_type(0x0800),ipv4(src=${src},dst=${dst},proto=1,tos=0,ttl=64,frag=no),icmp(type=8,code=0)`
}
