/**
 * Where a reason comes from:
 * - `extack`: the kernel's answer to our own installation;
 * - `traced`: heard in the kernel while another program offered its rule;
 * - `ovs-log`: Open vSwitch's log;
 * - `probe`: what hardware said to a twin of the rule;
 * - `ovs`: Open vSwitch prints it with the flow;
 * - `evidence`: nobody said anything, or nothing that counts: nicsteer deduces it from what the node is like.
 */
export const REASON_SOURCES = ['extack', 'traced', 'ovs-log', 'probe', 'ovs', 'evidence'] as const
export type ReasonSource = (typeof REASON_SOURCES)[number]
