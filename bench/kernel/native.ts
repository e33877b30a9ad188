// On this machine: routes added in a namespace of its own, 256 requests a send. Transport and codec without what flower costs.
//   node build/bench/kernel/native.js [RUNS]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ifindex, type IpAddress, parseIp } from '../../src/base/types.js'
import { ByteWriter } from '../../src/kernel/netlink/bytes.js'
import { type Request, request } from '../../src/kernel/netlink/message.js'
import { NetlinkSocket } from '../../src/kernel/netlink/socket.js'
import { type Requests, transact, transactAsync } from '../../src/kernel/netlink/transaction.js'
import { routeMessage } from '../../src/kernel/route/message.js'
import { getLink } from '../../src/kernel/rtnl.js'
import { uapi } from '../../src/kernel/uapi.js'
import { ratio, sampleOf, seconds, table } from '../statistics.js'
import { Replay } from './replay.js'
import { timed } from './setting.js'

const COUNT = 100_000
const WARM_UP = 3
const [runs = 5] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'nicsteer-bench-'))
const namespace = `nicsteer-bench-${process.pid}`
const ip = (...args: string[]) => execFileSync('ip', args)

ip('netns', 'add', namespace)
try {
  ip('-n', namespace, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right')
  using socket = NetlinkSocket.open('route', { netns: `/run/netns/${namespace}` })
  const link = getLink(socket, 'left')
  if (link === undefined) throw new Error('the device is gone')
  const encoded: Requests = { length: COUNT, at: (i) => (i < COUNT ? routeRequest(i, link.ifindex) : undefined) }
  const prepared = prepare(encoded)
  const replay = new Replay(folder, ['ip', 'netns', 'exec', namespace])
  const bytes = replay.write('routes', encoded)
  const batch = join(folder, 'routes.batch')
  writeFileSync(batch, Array.from({ length: COUNT }, (_, i) => `route add ${addressOf(i)}/32 dev left\n`).join(''))

  const send = (requests: Requests) => timed(() => expectDone(transact(socket, requests)))
  const ways: [name: string, wanted: string, work: () => number | Promise<number>][] = [
    ['C replay', '', () => replay.run(bytes)],
    ['nicsteer, bytes prepared', '≤ 1.15', () => send(prepared)],
    ['nicsteer, encoding too', '', () => send(encoded)],
    ['nicsteer, on two threads', '', () => timed(async () => expectDone(await transactAsync(socket, encoded)))],
    ['ip -batch', '', () => timed(() => ip('-n', namespace, '-batch', batch))],
  ]
  const figures = ways.map(() => [] as number[])
  for (let run = -WARM_UP; run < runs; run++) {
    for (const [i, [, , work]] of ways.entries()) {
      empty()
      const took = await work()
      if (run >= 0) figures[i]?.push(took)
    }
  }
  const [floor = []] = figures
  const rows = ways.map(([name, wanted], i) => {
    const taken = figures[i] ?? []
    return [name, seconds(sampleOf(taken)), ratio(taken, floor), wanted]
  })
  console.log(table([`${COUNT} routes by`, 's', '× C', 'wanted'], rows))
} finally {
  ip('netns', 'del', namespace)
  rmSync(folder, { recursive: true })
}

/** A device that goes down takes its routes along. */
function empty(): void {
  for (const state of ['down', 'up']) ip('-n', namespace, 'link', 'set', 'left', state)
}

function addressOf(i: number): IpAddress {
  return parseIp(`10.${(i >> 16) & 0xff}.${(i >> 8) & 0xff}.${i & 0xff}`)
}

function routeRequest(i: number, oif: Ifindex): Request {
  const header = {
    family: uapi.AF_INET,
    dstLen: 32,
    srcLen: 0,
    tos: 0,
    table: uapi.RT_TABLE_MAIN,
    protocol: uapi.RTPROT_BOOT,
    scope: uapi.RT_SCOPE_LINK,
    type: uapi.RTN_UNICAST,
    flags: 0,
  }
  const flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
  return request(routeMessage, { what: 'add route', type: uapi.RTM_NEWROUTE, flags }, header, {
    dst: addressOf(i),
    oif,
  })
}

/** The same requests with their bodies already encoded. */
function prepare(requests: Requests): Requests {
  const all = Array.from({ length: requests.length }, (_, i): Request => {
    const message = requests.at(i) as Request
    const out = new ByteWriter(64)
    message.writeBody(out)
    const body = out.written().slice()
    return { ...message, writeBody: (target) => target.append(body) }
  })
  return all
}

function expectDone(outcomes: readonly { error?: Error }[]): void {
  const failed = outcomes.find(({ error }) => error !== undefined)
  if (failed?.error !== undefined) throw failed.error
}
