import { readFileSync, writeFileSync } from 'node:fs'
import { waitFor } from './wait.js'

const root = '/sys/kernel/debug/simnic'

/** PCI addresses of the lab's PFs by their running number, one PF a card (topologies `single` and `pair`). */
export const PCI = ['0000:d8:00.0', '0000:d9:00.0', '0000:da:00.0', '0000:db:00.0'] as const
/** The same in topology `dual`: one card. */
export const DUAL_PCI = ['0000:d8:00.0', '0000:d8:00.1'] as const

export type Knob = 'profile' | 'refuse' | 'carry' | 'table_full' | 'reset' | 'cable'

/** Sets a fault knob of one PF (docs/lab.md lists them). */
export function setKnob(pci: string, knob: Knob, value: string): void {
  writeFileSync(`${root}/${pci}/${knob}`, value)
}

/** simnic's own list of the rules that one PF's hardware holds, with true, immediate counters: a line each. */
export function hardwareRules(pci: string): string[] {
  return readFileSync(`${root}/${pci}/rules`, 'utf8').split('\n').filter(Boolean)
}

/** Live objects by name, over all PFs. */
export function objects(): Record<string, number> {
  const text = readFileSync(`${root}/objects`, 'utf8')
  return Object.fromEntries([...text.matchAll(/(\w+)=(\d+)/g)].map(([, name, count]) => [name ?? '', Number(count)]))
}

/** Waits until a PF's asynchronous work (neighbours, routes, late counters) is done. */
export async function settled(pci: string): Promise<void> {
  await waitFor(`${pci} settles`, () => readFileSync(`${root}/${pci}/pending`, 'utf8').trim() === '0')
}
