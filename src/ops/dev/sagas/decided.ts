/**
 * Whether topologies/points decides on tiers and redemptions. While it does not, such a command is a dead letter, and the
 * two sagas that need one are left out of the demonstration.
 */
export const tiersAndRedemptionsAreDecided: boolean = false;
