import { strict as assert } from 'node:assert'
import { addressesIn, type Destination, waysBack, waysTo, wayToFollow } from '../../../src/offload/explain/way.js'
import { encap, ip, line, mac, ROUTER, stepsOf, THEIRS } from './sample.js'

const OTHER = '02:00:00:00:01:02'
const CT = 'ct(zone=1),recirc(0x5)'
const TO: Destination = { mac: THEIRS }

interface Case {
  what: string
  lines: string[]
  to?: Destination
  /** Numbers of the flows on each way. */
  ways: number[][]
  goesOn?: number
}

const CASES: Case[] = [
  { what: 'one flow to it', lines: [line({ actions: encap() })], ways: [[1]] },
  { what: 'none from another port', lines: [line({ port: 'pf0vf1', actions: encap() })], ways: [] },
  { what: 'none to another MAC', lines: [line({ dst: OTHER, actions: encap() })], ways: [] },
  {
    what: 'a flow whose mask lets it through',
    lines: [line({ dst: '00:00:00:00:00:00/01:00:00:00:00:00', actions: encap() })],
    ways: [[1]],
  },
  { what: 'none to all', lines: [line({ dst: 'ff:ff:ff:ff:ff:ff', actions: encap() })], ways: [] },
  {
    what: 'two flows joined by their recirculation id, and not that of another receiver',
    lines: [
      line({ ufid: 1, actions: CT }),
      line({ ufid: 2, dst: OTHER, actions: CT }),
      line({ ufid: 3, recirc: 5, actions: encap() }),
      line({ ufid: 4, recirc: 5, dst: OTHER, actions: encap() }),
      line({ ufid: 5, recirc: 6, actions: encap() }),
    ],
    ways: [[1, 3]],
  },
  {
    what: 'the way by a router, which sets the address',
    lines: [
      line({ ufid: 1, dst: ROUTER, actions: CT }),
      line({ ufid: 2, recirc: 5, dst: ROUTER, actions: `set(eth(src=${ROUTER},dst=${THEIRS})),${encap()}` }),
      line({ ufid: 3, recirc: 5, dst: ROUTER, actions: `set(eth(src=${ROUTER},dst=${OTHER})),${encap()}` }),
    ],
    ways: [[1, 2]],
  },
  {
    what: 'only that of the IP, where one was asked for',
    lines: [
      line({ ufid: 1, more: 'eth_type(0x0800),ipv4(dst=192.168.7.0/255.255.255.0,frag=no)', actions: encap() }),
      line({ ufid: 2, more: 'eth_type(0x0800),ipv4(dst=192.168.8.0/255.255.255.0,frag=no)', actions: encap() }),
      line({ ufid: 3, more: 'eth_type(0x86dd),ipv6(dst=fd00::1,frag=no)', actions: encap() }),
    ],
    to: { mac: THEIRS, ip: ip('192.168.7.9') },
    ways: [[1]],
  },
  {
    what: 'as far as it gets, where no flow takes it up',
    lines: [line({ ufid: 1, actions: CT }), line({ ufid: 2, recirc: 5, actions: 'ct(zone=2),recirc(0x6)' })],
    ways: [[1, 2]],
    goesOn: 6,
  },
  {
    what: 'no way around in circles',
    lines: [line({ ufid: 1, actions: CT }), line({ ufid: 2, recirc: 5, actions: CT })],
    ways: [[1, 2]],
    goesOn: 5,
  },
]

const numberOf = (ufid: string | undefined) => Number(ufid?.slice(-12))

describe('ways of Open vSwitch’s flows', () => {
  for (const { what, lines, to = TO, ways, goesOn } of CASES) {
    it(`are ${what}`, async () => {
      const found = waysTo(await stepsOf(lines), 'pf0vf0', to)
      assert.deepEqual(
        found.map(({ steps }) => steps.map(({ judged }) => numberOf(judged.flow.ufid))),
        ways,
      )
      for (const way of found) assert.equal(way.goesOn, goesOn)
    })
  }

  it('are one for each end, however many flows lead there', async () => {
    const of = (connection: number) => `eth_type(0x0800),ipv4(proto=6,frag=no),tcp(src=${connection},dst=80)`
    const numbers = Array.from({ length: 3000 }, (_, n) => n + 1)
    const steps = await stepsOf([
      ...numbers.map((n) => line({ ufid: n, more: of(n), actions: CT })),
      ...numbers.map((n) => line({ ufid: 3000 + n, recirc: 5, more: of(n), actions: encap() })),
    ])
    assert.equal(waysTo(steps, 'pf0vf0', TO).length, 3000)
  })

  it('are followed by the worst that carries IP, then the busiest', async () => {
    const arp = 'eth_type(0x0806),arp(sip=192.168.7.1,tip=192.168.7.2,op=1)'
    const followed = async (...lines: string[]) =>
      wayToFollow(waysTo(await stepsOf(lines), 'pf0vf0', TO))?.steps.map(({ judged }) => numberOf(judged.flow.ufid))
    const good = line({ ufid: 1, actions: encap() })
    const busy = line({ ufid: 2, packets: 9, actions: encap() })
    const soft = line({ ufid: 3, layer: 'tc', actions: encap() })
    const wrong = line({ ufid: 4, actions: encap('10.0.0.2') })
    const resolution = line({ ufid: 5, more: arp, layer: 'ovs', actions: encap() })
    assert.deepEqual(await followed(good, busy, resolution), [2])
    assert.deepEqual(await followed(good, soft, busy), [3])
    assert.deepEqual(await followed(soft, wrong, busy), [4])
    assert.deepEqual(await followed(resolution), [5])
    assert.equal(await followed(), undefined)
  })

  it('back are those that bring what the other end sends', async () => {
    const from = (tunnel: string, src: string, actions = 'pf0vf0') =>
      line({ port: 'genev_sys_6081', tunnel, src, dst: '02:00:00:00:00:01', actions })
    const theirs = 'tun_id=0x3,src=10.0.0.11,dst=10.0.0.1,ttl=0/0,tp_dst=6081,flags(+key)'
    const lines = [
      from(theirs, THEIRS),
      from(theirs.replace('0.11', '0.12'), THEIRS),
      from(theirs, OTHER),
      from(theirs, THEIRS, 'pf0vf1'),
      from(theirs, '00:00:00:00:00:00/00:00:00:00:00:00'),
    ]
    const steps = await stepsOf(lines)
    const back = waysBack(steps, 'pf0vf0', ip('10.0.0.11'), THEIRS)
    assert.deepEqual(
      back.map((step) => steps.indexOf(step)),
      [0, 4],
    )
  })

  it('tell which IP has which MAC; ARP goes before IP packets, whose MAC may be a router’s', async () => {
    const pair = (src: string, from: string, to: string) =>
      line({ src, more: `eth_type(0x0800),ipv4(src=${from},dst=${to},frag=no)`, actions: encap() })
    const answer = `eth_type(0x0806),arp(sip=192.168.7.9,tip=192.168.7.1,op=2,sha=${THEIRS})`
    const steps = await stepsOf([
      pair(ROUTER, '192.168.7.9', '192.168.7.1'),
      pair(OTHER, '192.168.7.8', '192.168.7.0/255.255.255.0'),
      line({ src: THEIRS, more: answer, actions: 'pf0vf0' }),
    ])
    assert.deepEqual([...addressesIn(steps)].sort(), [
      ['192.168.7.1', THEIRS],
      ['192.168.7.8', mac(OTHER)],
      ['192.168.7.9', THEIRS],
    ])
  })
})
