import { strict as assert } from 'node:assert'
import { type Action, parseFlow, printFlow } from '../../../src/ovs/dump-flows/index.js'

const START = 'in_port(1), packets:0, bytes:0, used:never, actions:'

/** What a list of actions says, without what says that something is as usual. */
function read(actions: string): unknown {
  const flow = parseFlow(START + actions)
  assert.equal(printFlow(flow), START + actions)
  return JSON.parse(JSON.stringify(flow.actions, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
}

const v = (name: string, value: number | string, mask?: number | string) =>
  mask === undefined ? { name, value } : { name, value, mask }
const out = (port: number | string) => ({ name: 'output', port })

describe('actions of dump-flows', () => {
  const cases: [actions: string, read: unknown[]][] = [
    ['drop', [{ name: 'drop' }]],
    ['drop:no_route', [{ name: 'drop', text: 'no_route' }]],
    ['ct@1,drop@p0,set.3,hash-4', [out('ct@1'), out('drop@p0'), out('set.3'), out('hash-4')]],
    ['2,pf0vf1,54235e5753b8_h,4294967296', [out(2), out('pf0vf1'), out('54235e5753b8_h'), out('4294967296')]],
    [
      'lb_output(1),meter(3),trunc(100),recirc(0x2c)',
      [v('lb_output', 1), v('meter', 3), v('trunc', 100), v('recirc', 0x2c)],
    ],
    [
      'ct_clear,pop_vlan,pop_eth,pop_nsh()',
      [{ name: 'ct_clear' }, { name: 'pop_vlan' }, { name: 'pop_eth' }, { name: 'pop_nsh', items: [] }],
    ],
    [
      'hash(l4(0)),hash(sym_l4(7))',
      [
        { name: 'hash', items: [v('l4', 0)] },
        { name: 'hash', items: [v('sym_l4', 7)] },
      ],
    ],
    ['hash(hash_l4(0))', [{ name: 'hash', items: [{ name: 'unknown', text: 'hash_l4(0)' }] }]],
    [
      'push_vlan(vid=12,pcp=0),push_vlan(tpid=0x88a8,vid=13,pcp=5,cfi=0)',
      [
        { name: 'push_vlan', items: [v('vid', 12), v('pcp', 0)] },
        { name: 'push_vlan', items: [v('tpid', 0x88a8), v('vid', 13), v('pcp', 5), v('cfi', 0)] },
      ],
    ],
    [
      'push_mpls(label=200,tc=7,ttl=64,bos=1,eth_type=0x8847),add_mpls(label=0,tc=0,ttl=0,bos=0,eth_type=0x8848),pop_mpls(eth_type=0x800)',
      [
        { name: 'push_mpls', items: [v('label', 200), v('tc', 7), v('ttl', 64), v('bos', 1), v('eth_type', 0x8847)] },
        { name: 'add_mpls', items: [v('label', 0), v('tc', 0), v('ttl', 0), v('bos', 0), v('eth_type', 0x8848)] },
        { name: 'pop_mpls', items: [v('eth_type', 0x800)] },
      ],
    ],
    [
      'push_eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02)',
      [{ name: 'push_eth', items: [v('src', '02:00:00:00:00:01'), v('dst', '02:00:00:00:00:02')] }],
    ],
    [
      'push_nsh(flags=0,ttl=63,mdtype=1,np=3,spi=0x0,si=255,c1=0x1,c2=0x0,c3=0x0,c4=0x0)',
      [
        {
          name: 'push_nsh',
          items: [
            v('flags', 0),
            v('ttl', 63),
            v('mdtype', 1),
            v('np', 3),
            v('spi', 0),
            v('si', 255),
            v('c1', 1),
            v('c2', 0),
            v('c3', 0),
            v('c4', 0),
          ],
        },
      ],
    ],
    [
      'push_nsh(mdtype=2,md2=0x10000a041234567820001408fedcba9876543210)',
      [{ name: 'push_nsh', items: [v('mdtype', 2), v('md2', `${0x10000a041234567820001408fedcba9876543210n}n`)] }],
    ],
    [
      'set(eth(dst=02:00:00:00:00:02)),set(ipv4(tos=0x80/0xfc,ttl=63))',
      [
        { name: 'set', to: { name: 'eth', items: [v('dst', '02:00:00:00:00:02')] } },
        { name: 'set', to: { name: 'ipv4', items: [v('tos', 0x80, 0xfc), v('ttl', 63)] } },
      ],
    ],
    [
      'set(skb_mark(0x1/0xff)),set(tcp(dst=80)),set(nsh(si=254))',
      [
        { name: 'set', to: v('skb_mark', 1, 0xff) },
        { name: 'set', to: { name: 'tcp', items: [v('dst', 80)] } },
        { name: 'set', to: { name: 'nsh', items: [v('si', 254)] } },
      ],
    ],
    [
      'set(tunnel(tun_id=0x3,src=10.0.0.1,dst=10.0.1.2,ttl=64,tp_dst=6081,geneve({class=0x102,type=0x80,len=4,0x20003}),flags(df|csum|key))),genev_sys_6081',
      [
        {
          name: 'set',
          to: {
            name: 'tunnel',
            items: [
              v('tun_id', '3n'),
              v('src', '10.0.0.1'),
              v('dst', '10.0.1.2'),
              v('ttl', 64),
              v('tp_dst', 6081),
              { name: 'geneve', groups: [[v('class', 0x102), v('type', 0x80), v('len', 4), v('data', `${0x20003}n`)]] },
              { name: 'flags', flags: ['df', 'csum', 'key'].map((flag) => ({ flag, on: true })), signed: false },
            ],
          },
        },
        out('genev_sys_6081'),
      ],
    ],
    ['ct,ct()', [{ name: 'ct' }, { name: 'ct', items: [] }]],
    [
      'ct(commit,zone=9,mark=0x1/0xff,label=0x3/0x7,helper=ftp,timeout=tp1,nat(src=10.0.0.240-10.0.0.254:32768-65535,persistent,random))',
      [
        {
          name: 'ct',
          items: [
            { name: 'commit' },
            v('zone', 9),
            v('mark', 1, 0xff),
            v('label', '3n', '7n'),
            { name: 'helper', text: 'ftp' },
            { name: 'timeout', text: 'tp1' },
            {
              name: 'nat',
              items: [
                { name: 'src', address: '10.0.0.240', lastAddress: '10.0.0.254', port: 32768, lastPort: 65535 },
                { name: 'persistent' },
                { name: 'random' },
              ],
            },
          ],
        },
      ],
    ],
    // Before OVS 3.2 no comma came behind the timeout.
    [
      'ct(commit,timeout=tp1nat(src))',
      [{ name: 'ct', items: [{ name: 'commit' }, { name: 'timeout', text: 'tp1nat(src)' }] }],
    ],
    ['ct(force_commit,nat)', [{ name: 'ct', items: [{ name: 'force_commit' }, { name: 'nat' }] }]],
    [
      'ct(nat(dst=fe80::1-fe80::2,hash))',
      [
        {
          name: 'ct',
          items: [
            { name: 'nat', items: [{ name: 'dst', address: 'fe80::1', lastAddress: 'fe80::2' }, { name: 'hash' }] },
          ],
        },
      ],
    ],
    [
      'ct(nat(src=[fe80::1]-[fe80::2]:255-4096))',
      [
        {
          name: 'ct',
          items: [
            {
              name: 'nat',
              items: [{ name: 'src', address: 'fe80::1', lastAddress: 'fe80::2', port: 255, lastPort: 4096 }],
            },
          ],
        },
      ],
    ],
    [
      'ct(nat(src=10.0.0.1:80))',
      [{ name: 'ct', items: [{ name: 'nat', items: [{ name: 'src', address: '10.0.0.1', port: 80 }] }] }],
    ],
    [
      'sample(sample=50.0%,actions(1,psample(group=12,cookie=0xf1))),2',
      [
        {
          name: 'sample',
          items: [
            v('sample', 50),
            {
              name: 'actions',
              actions: [out(1), { name: 'psample', items: [v('group', 12), v('cookie', `${0xf1}n`)] }],
            },
          ],
        },
        out(2),
      ],
    ],
    [
      'clone(clone(push_vlan(vid=12,pcp=0),2),1),3',
      [
        {
          name: 'clone',
          actions: [
            { name: 'clone', actions: [{ name: 'push_vlan', items: [v('vid', 12), v('pcp', 0)] }, out(2)] },
            out(1),
          ],
        },
        out(3),
      ],
    ],
    [
      'check_pkt_len(size=200,gt(drop),le(ct(nat),5))',
      [
        {
          name: 'check_pkt_len',
          items: [
            v('size', 200),
            { name: 'gt', actions: [{ name: 'drop' }] },
            { name: 'le', actions: [{ name: 'ct', items: [{ name: 'nat' }] }, out(5)] },
          ],
        },
      ],
    ],
    [
      'dec_ttl(le_1(userspace(pid=1,slow_path(action,match))))',
      [
        {
          name: 'dec_ttl',
          items: [
            {
              name: 'le_1',
              actions: [
                {
                  name: 'userspace',
                  items: [
                    v('pid', 1),
                    {
                      name: 'slow_path',
                      items: [
                        { name: 'reason', text: 'action' },
                        { name: 'reason', text: 'match' },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    ],
    [
      'userspace(pid=9765,slow_path(0),tunnel_out_port=vxlan0)',
      [
        {
          name: 'userspace',
          items: [
            v('pid', 9765),
            { name: 'slow_path', items: [{ name: 'reason', text: '0' }] },
            { name: 'tunnel_out_port', port: 'vxlan0' },
          ],
        },
      ],
    ],
    [
      'userspace(pid=6633,sFlow(vid=9,pcp=7,output=10),actions,tunnel_out_port=10)',
      [
        {
          name: 'userspace',
          items: [
            v('pid', 6633),
            { name: 'sFlow', items: [v('vid', 9), v('pcp', 7), v('output', 10)] },
            { name: 'actions' },
            { name: 'tunnel_out_port', port: 10 },
          ],
        },
      ],
    ],
    [
      'userspace(pid=1,userdata(0102030405060708090a0b0c0d0e0f),actions)',
      [
        {
          name: 'userspace',
          items: [v('pid', 1), { name: 'userdata', text: '0102030405060708090a0b0c0d0e0f' }, { name: 'actions' }],
        },
      ],
    ],
    [
      'userspace(pid=1,flow_sample(probability=123,collector_set_id=1234,obs_domain_id=2345,obs_point_id=3456,output_port=p0,egress))',
      [
        {
          name: 'userspace',
          items: [
            v('pid', 1),
            {
              name: 'flow_sample',
              items: [
                v('probability', 123),
                v('collector_set_id', 1234),
                v('obs_domain_id', 2345),
                v('obs_point_id', 3456),
                { name: 'output_port', port: 'p0' },
                { name: 'egress' },
              ],
            },
          ],
        },
      ],
    ],
    [
      'userspace(pid=1,ipfix(output_port=10)),userspace(pid=1,controller(reason=1,dont_send=0,continuation=1,recirc_id=4444,rule_cookie=0x5555,controller_id=0,max_len=65535))',
      [
        { name: 'userspace', items: [v('pid', 1), { name: 'ipfix', items: [{ name: 'output_port', port: 10 }] }] },
        {
          name: 'userspace',
          items: [
            v('pid', 1),
            {
              name: 'controller',
              items: [
                v('reason', 1),
                v('dont_send', 0),
                v('continuation', 1),
                v('recirc_id', 4444),
                v('rule_cookie', `${0x5555}n`),
                v('controller_id', 0),
                v('max_len', 65535),
              ],
            },
          ],
        },
      ],
    ],
    ['tnl_pop(genev_sys_6081)', [{ name: 'tnl_pop', port: 'genev_sys_6081' }]],
    // What Open vSwitch says of an attribute that it cannot read itself.
    [
      'ct(error),userspace(error)',
      ['ct', 'userspace'].map((name) => ({ name, items: [{ name: 'unknown', text: 'error' }] })),
    ],
    [
      'action99(00 11),magic(a(b),{c})',
      [
        { name: 'unknown', text: 'action99(00 11)' },
        { name: 'unknown', text: 'magic(a(b),{c})' },
      ],
    ],
  ]
  for (const [actions, expected] of cases) {
    it(`have ${actions}`, () => assert.deepEqual(read(actions), expected))
  }

  const eth = 'eth(dst=02:bc:12:44:34:b6,src=02:bc:12:46:58:e0,dl_type=0x0800)'
  const ipv4 = 'ipv4(src=10.0.0.1,dst=10.0.1.2,proto=17,tos=0x8,ttl=64,frag=0x4000)'
  const ipv6 = 'ipv6(src=fd00::1,dst=fd00::2,label=0,proto=17,tclass=0x0,hlimit=64)'
  const udp = 'udp(src=0,dst=6081,csum=0xffff)'
  const headers: [name: string, header: string, last: object][] = [
    [
      'GENEVE',
      `${ipv4},${udp},geneve(oam,crit,vni=0x1c7,options({class=0xffff,type=0x80,len=4,0xa}))`,
      {
        name: 'geneve',
        items: [
          { name: 'oam' },
          { name: 'crit' },
          v('vni', 0x1c7),
          { name: 'options', groups: [[v('class', 0xffff), v('type', 0x80), v('len', 4), v('data', '10n')]] },
        ],
      },
    ],
    [
      'VXLAN',
      `${ipv6},${udp},vxlan(flags=0x8000000,vni=0x1c7)`,
      { name: 'vxlan', items: [v('flags', 0x8000000), v('vni', 0x1c7)] },
    ],
    [
      'GRE',
      `${ipv4},gre((flags=0xb000,proto=0x6558),csum=0x0,key=0x1e241,seq=0x7)`,
      {
        name: 'gre',
        items: [
          { name: 'base', items: [v('flags', 0xb000), v('proto', 0x6558)] },
          v('csum', 0),
          v('key', 0x1e241),
          v('seq', 7),
        ],
      },
    ],
    [
      'ERSPAN',
      `${ipv4},erspan(ver=1,sid=0x1,idx=0x7)`,
      { name: 'erspan', items: [v('ver', 1), v('sid', 1), v('idx', 7)] },
    ],
    [
      'ERSPAN 2',
      `${ipv4},erspan(ver=2,sid=0x1,dir=1,hwid=0x7)`,
      { name: 'erspan', items: [v('ver', 2), v('sid', 1), v('dir', 1), v('hwid', 7)] },
    ],
    [
      'GTP-U',
      `${ipv4},${udp},gtpu(flags=0x30,msgtype=255,teid=0x9)`,
      { name: 'gtpu', items: [v('flags', 0x30), v('msgtype', 255), v('teid', 9)] },
    ],
    [
      'SRv6',
      `${ipv6},srv6(segments_left=1,segs(fd00::90,fd00::91))`,
      {
        name: 'srv6',
        items: [v('segments_left', 1), { name: 'segs', items: [v('segment', 'fd00::90'), v('segment', 'fd00::91')] }],
      },
    ],
  ]
  for (const [name, header, last] of headers) {
    it(`have headers of ${name} that the user-space data path pushes`, () => {
      const [push] = read(`tnl_push(tnl_port(ovn-n2-0),header(size=58,type=5,${eth},${header}),out_port(br0)),p0`) as [
        { items: [unknown, { items: unknown[] }, unknown] },
      ]
      assert.deepEqual(push.items[0], { name: 'tnl_port', port: 'ovn-n2-0' })
      assert.deepEqual(push.items[2], { name: 'out_port', port: 'br0' })
      assert.deepEqual(push.items[1].items.at(-1), last)
    })
  }

  it('are printed from their values', () => {
    const flow = parseFlow(`${START}set(tunnel(tun_id=0x3,src=10.0.0.1,dst=10.0.1.2)),1`)
    const [set, output] = flow.actions as [Extract<Action, { name: 'set' }>, Action]
    assert.equal(set.to.name, 'tunnel')
    const tunnel = set.to as Extract<typeof set.to, { name: 'tunnel' }>
    const items = tunnel.items.map((item) => (item.name === 'src' ? { ...item, value: '10.0.0.2' } : item))
    flow.actions = [{ name: 'clone', actions: [{ name: 'set', to: { ...tunnel, items } }, output] }, { name: 'drop' }]
    assert.equal(printFlow(flow), `${START}clone(set(tunnel(tun_id=0x3,src=10.0.0.2,dst=10.0.1.2)),1),drop`)
  })
})
