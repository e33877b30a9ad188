import { showVf } from '../../steering/model.js'
import type { LocalParty } from './endpoints.js'
import type { Hop } from './hop.js'

/** From the VF to the host's side of it. */
export function hopsOfVf({ id, pf, vf, mac }: LocalParty): Hop[] {
  const driver = vf.driver === undefined ? 'no driver has it' : `driver ${vf.driver}`
  const netdevs = vf.netdevs.length === 0 ? 'its netdev is in another namespace' : `netdev ${vf.netdevs.join(', ')}`
  const hops: Hop[] = [
    { place: 'vf', found: `${showVf(id)}, ${vf.pci}, ${mac ?? 'MAC unknown'}, ${driver}, ${netdevs}` },
  ]
  const { representor } = vf
  if (representor === undefined) {
    const [text, hint] =
      pf.eswitchMode === 'switchdev'
        ? ['the VF has no representor in this namespace', 'look for it in other namespaces: ip netns']
        : [
            `the eswitch of ${pf.pci} is in ${pf.eswitchMode} mode: its VFs have no representors`,
            `devlink dev eswitch set pci/${pf.pci} mode switchdev`,
          ]
    hops.push({ place: 'representor', found: 'none', problem: { text, hint } })
    return hops
  }
  const { name, up } = representor
  const found = `${name}, ${up ? 'up' : 'down'}; eswitch ${pf.eswitchMode}, hw-tc-offload of ${pf.uplink.name} ${pf.hwTcOffload}`
  hops.push({ place: 'representor', found, ...problemOf(name, up, pf) })
  return hops
}

function problemOf(name: string, up: boolean, pf: LocalParty['pf']): Pick<Hop, 'problem'> {
  if (!up) return { problem: { text: `representor ${name} is down`, hint: `ip link set ${name} up` } }
  if (pf.hwTcOffload === 'on') return {}
  const uplink = pf.uplink.name
  return {
    problem: {
      text: `hw-tc-offload of ${uplink} is ${pf.hwTcOffload}`,
      hint: `ethtool -K ${uplink} hw-tc-offload on`,
    },
  }
}
