import { roundTrips } from './round-trip.js'

describe('kernel/route against iproute2, both ways', () => {
  roundTrips()
})
