/** What people ask, in the order of how often (R37); each has its question and its answer as texts. */
export const helpTopics = [
  'helpWhere',
  'helpRefused',
  'helpCardNo',
  'helpPassword',
  'helpCardPassword',
  'helpLost',
  'helpTopUp',
  'helpChangeCard',
  'helpBind',
  'helpAccount',
  'helpRefund',
  'helpLimits',
  'helpOffline',
  'helpGate',
  'helpIdentity',
  'helpPrivacy',
] as const
