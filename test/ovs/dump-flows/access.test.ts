import { strict as assert } from 'node:assert'
import {
  allActions,
  attributeOf,
  countersOf,
  ctState,
  exact,
  inPort,
  itemOf,
  layerOf,
  offloaded,
  offloadReason,
  otherOf,
  outputsOf,
  parseFlow,
  recircId,
  recirculatesTo,
  tunnelMatch,
} from '../../../src/ovs/dump-flows/index.js'

const flowOf = (key: string, actions = 'drop', info = '') => parseFlow(`${key}${info}, actions:${actions}`)
const GENEVE = 'geneve({class=0x102,type=0x80,len=4,0x20003})'
const header = (id: number, src: string, dst: string) => ({
  id: BigInt(id),
  src,
  dst,
  tos: undefined,
  ttl: 64,
  port: 6081,
  options: [{ class: 0x102, type: 0x80, length: 4, data: 0x20003n, mask: undefined }],
  flags: ['df', 'csum', 'key'],
})

describe('of a flow of a dump', () => {
  it('the port is known by name or number, and not where only some bits of it matter', () => {
    assert.equal(inPort(flowOf('in_port(pf0vf0)')), 'pf0vf0')
    assert.equal(inPort(flowOf('recirc_id(0),in_port(3)')), 3)
    assert.equal(inPort(flowOf('in_port(3/0xff)')), undefined)
    assert.equal(inPort(flowOf('recirc_id(0)')), undefined)
  })

  it('the chain is known: where packets come from, and all that they go to', () => {
    const flow = flowOf(
      'recirc_id(0x1a),in_port(1)',
      'ct(zone=1),clone(recirc(0x1b)),check_pkt_len(size=9,gt(recirc(0x1c)),le(1)),recirc(0x1d)',
    )
    assert.equal(recircId(flow), 0x1a)
    assert.deepEqual(recirculatesTo(flow), [0x1b, 0x1c, 0x1d])
    assert.equal(recircId(flowOf('in_port(1)')), 0)
    assert.deepEqual(recirculatesTo(flowOf('in_port(1)')), [])
  })

  it('all actions are found in their order, those in others too', () => {
    const flow = flowOf('in_port(1)', 'sample(sample=1.0%,actions(meter(1),clone(2))),dec_ttl(le_1(drop)),ct')
    assert.deepEqual(
      allActions(flow.actions).map(({ name }) => name),
      ['sample', 'meter', 'clone', 'output', 'dec_ttl', 'drop', 'ct'],
    )
    const [sample] = flow.actions
    assert.equal(sample?.name === 'sample' && itemOf(sample.items, 'sample')?.value, 1)
  })

  it('an attribute is found behind VLAN tags too', () => {
    const flow = flowOf(
      'eth_type(0x88a8),vlan(vid=1,pcp=0),encap(eth_type(0x8100),vlan(vid=2,pcp=0),encap(ipv4(ttl=64)))',
    )
    assert.equal(exact(itemOf(attributeOf(flow.key, 'ipv4')?.items ?? [], 'ttl')), 64)
    assert.equal(exact(attributeOf(flow.key, 'eth_type')), 0x88a8)
    assert.equal(attributeOf(flow.key, 'ipv6'), undefined)
  })

  it('each output is known with the tunnel that was set for it', () => {
    const set = (id: number, src: string, dst: string) =>
      `set(tunnel(tun_id=0x${id},src=${src},dst=${dst},ttl=64,tp_dst=6081,${GENEVE},flags(df|csum|key)))`
    const flow = flowOf(
      'in_port(pf0vf0)',
      `pf0vf1,${set(3, '10.0.0.1', '10.0.1.2')},genev_sys_6081,clone(${set(4, '10.0.0.1', '10.0.1.3')},genev_sys_6081),genev_sys_6081`,
    )
    assert.deepEqual(outputsOf(flow), [
      { port: 'pf0vf1', tunnel: undefined },
      { port: 'genev_sys_6081', tunnel: header(3, '10.0.0.1', '10.0.1.2') },
      { port: 'genev_sys_6081', tunnel: header(4, '10.0.0.1', '10.0.1.3') },
      { port: 'genev_sys_6081', tunnel: header(3, '10.0.0.1', '10.0.1.2') },
    ])
  })

  it('a tunnel that was set holds for actions in others, and not the other way round', () => {
    const set = (id: number) => `set(tunnel(tun_id=0x${id},dst=10.0.1.2))`
    const ids = (actions: string) => outputsOf(flowOf('in_port(1)', actions)).map(({ tunnel }) => tunnel?.id)
    assert.deepEqual(ids(`${set(3)},clone(2),check_pkt_len(size=9,gt(drop),le(${set(4)},2)),2`), [3n, 4n, 3n])
    assert.deepEqual(ids(`clone(${set(3)},2),2`), [3n, undefined])
  })

  it('a tunnel has no source where no local_ip is set, and IPv6 addresses in the form of RFC 5952', () => {
    const tunnels = (actions: string) =>
      outputsOf(flowOf('in_port(1)', actions)).map(({ tunnel }) => [tunnel?.src, tunnel?.dst])
    assert.deepEqual(tunnels('set(tunnel(tun_id=0x3,dst=10.0.2.22,ttl=64)),2'), [[undefined, '10.0.2.22']])
    assert.deepEqual(tunnels('set(tunnel(ipv6_src=fd00:0:0:0:0::1,ipv6_dst=fd00::2)),2'), [['fd00::1', 'fd00::2']])
  })

  it('a tunnel of the user-space data path is known by the header that is pushed', () => {
    const push = (name: string, rest: string) =>
      `clone(tnl_push(tnl_port(${name}),header(size=58,type=5,eth(dst=02:00:00:00:00:b6,src=02:00:00:00:00:e0,dl_type=0x0800),${rest}),out_port(br0)),p0)`
    const ipv4 = 'ipv4(src=10.0.0.1,dst=10.0.1.2,proto=17,tos=0,ttl=64,frag=0x4000)'
    const geneve = push(
      'ovn0',
      `${ipv4},udp(src=0,dst=6081,csum=0xffff),geneve(crit,vni=0x3,options({class=0x102,type=0x80,len=4,0x20003}))`,
    )
    assert.deepEqual(outputsOf(flowOf('in_port(1)', geneve)), [
      { port: 'p0', tunnel: { ...header(3, '10.0.0.1', '10.0.1.2'), tos: 0, flags: ['key'] } },
    ])
    const vxlan = push(
      'vxlan0',
      `ipv6(src=fd00::1,dst=fd00::2,label=0,proto=17,tclass=0x1,hlimit=63),udp(src=0,dst=4789,csum=0x0),vxlan(flags=0x8000000,vni=0x1c7)`,
    )
    const [output] = outputsOf(flowOf('in_port(1)', vxlan))
    assert.deepEqual(output?.tunnel, {
      id: 0x1c7n,
      src: 'fd00::1',
      dst: 'fd00::2',
      tos: 1,
      ttl: 63,
      port: 4789,
      options: [],
      flags: ['key'],
    })
  })

  it('the tunnel that packets come by is known as far as all of a field matters', () => {
    const key =
      'tunnel(tun_id=0x3,src=10.0.1.0/255.255.255.0,dst=10.0.0.1,ttl=0/0,tp_dst=6081,geneve({class=0x102,type=0x80,len=4,0x30002/0x7fffffff}{len=4}),flags(-df+key))'
    assert.deepEqual(tunnelMatch(flowOf(key)), {
      id: 3n,
      src: undefined,
      dst: '10.0.0.1',
      tos: undefined,
      ttl: undefined,
      port: 6081,
      options: [
        { class: 0x102, type: 0x80, length: 4, data: 0x30002n, mask: 0x7fffffffn },
        { class: undefined, type: undefined, length: 4, data: 0n, mask: 0n },
      ],
      flags: ['key'],
    })
    assert.equal(tunnelMatch(flowOf('in_port(1)')), undefined)
  })

  it('offload and layer are known, whichever comes first; what is not said is no', () => {
    const said = (info: string) => {
      const flow = flowOf('in_port(1)', '1', info)
      return [offloaded(flow), layerOf(flow)]
    }
    assert.deepEqual(said(', offloaded:yes, dp:tc'), ['yes', 'tc'])
    assert.deepEqual(said(', dp:tc,offloaded:yes'), ['yes', 'tc'])
    assert.deepEqual(said(', offloaded:partial, dp:ovs'), ['partial', 'ovs'])
    assert.deepEqual(said(', dp:tc'), ['no', 'tc'])
    assert.deepEqual(said(', offloaded:no'), ['no', undefined])
  })

  it('counters and what only some builds say are known', () => {
    const flow = flowOf(
      'in_port(1)',
      '1',
      ', packets:75021, bytes:9007199254740993, used:3.990s, offload_packets:75019',
    )
    assert.deepEqual(countersOf(flow), { packets: 75021n, bytes: 9007199254740993n, idle: 3.99 })
    assert.equal(otherOf(flow, 'offload_packets'), '75019')
    assert.equal(otherOf(flow, 'offload_bytes'), undefined)
    assert.deepEqual(countersOf(flowOf('in_port(1)', '1', ', packets:0, bytes:0, used:never')), {
      packets: 0n,
      bytes: 0n,
      idle: undefined,
    })
  })

  for (const field of ['offload_reason', 'offload-error', 'reason', 'hw_offload_err']) {
    it(`the reason for its not being offloaded is taken from ${field}`, () => {
      assert.equal(
        offloadReason(flowOf('in_port(1)', '1', `, ${field}:Operation not supported, dp:tc`)),
        'Operation not supported',
      )
      assert.equal(
        offloadReason(parseFlow(`in_port(1), actions:1, ${field}:Operation not supported`)),
        'Operation not supported',
      )
    })
  }

  it('other fields are no reason', () => {
    assert.equal(offloadReason(flowOf('in_port(1)', '1', ', offload_packets:1, terror:x, reason_count:1')), undefined)
  })

  const states: [text: string, on: string[], off: string[]][] = [
    ['ct_state(0x22/0x32)', ['est', 'trk'], ['inv']],
    ['ct_state(+est-inv+trk)', ['est', 'trk'], ['inv']],
    ['ct_state(new|trk)', ['new', 'trk'], ['est', 'rel', 'rpl', 'inv', 'snat', 'dnat']],
    ['ct_state(0x21)', ['new', 'trk'], ['est', 'rel', 'rpl', 'inv', 'snat', 'dnat']],
    ['ct_state(0/0)', [], []],
    ['in_port(1)', [], []],
  ]
  for (const [text, on, off] of states) {
    it(`${text} wants ${on.join(' ') || 'nothing'}`, () => assert.deepEqual(ctState(flowOf(text)), { on, off }))
  }
})
