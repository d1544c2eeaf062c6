import {
  Activity,
  ArrowUpRight,
  CircleAlert,
  Clock,
  Inbox,
  KeyRound,
  KeySquare,
  LayoutDashboard,
  Link2,
  type LucideIcon,
  MailQuestionMark,
  MailWarning,
  Puzzle,
  Radio,
  RefreshCw,
  Scale,
  ScrollText,
  Send,
  Shapes,
  ShieldCheck,
  SquareFunction,
  Store,
  UserRound,
  Users,
  Webhook,
} from 'lucide-react'

/** One way through the dashboard. */
export interface NavigationItem {
  to: string
  label: string
  icon: LucideIcon
  /** Other words one may look for it by. */
  words?: string
}

/** The pages of the dashboard in groups, for the navigation and the command palette. */
export const navigation: { label: string | null; items: NavigationItem[] }[] = [
  {
    label: null,
    items: [
      { to: '/', label: 'Overview', icon: LayoutDashboard, words: 'home start' },
      { to: '/marketplace', label: 'Marketplace', icon: Store, words: 'providers catalogue connect add' },
      { to: '/integrations', label: 'Integrations', icon: Puzzle, words: 'oauth client scopes' },
      { to: '/connections', label: 'Connections', icon: Link2, words: 'accounts tokens console import export' },
      { to: '/syncs', label: 'Syncs', icon: RefreshCw, words: 'datasets records runs schedule import' },
      { to: '/external-users', label: 'External users', icon: UserRound, words: 'customers gdpr erase export' },
    ],
  },
  {
    label: 'Webhooks',
    items: [
      { to: '/endpoints', label: 'Endpoints', icon: Webhook, words: 'webhooks inbound url secret rejections' },
      { to: '/events', label: 'Events', icon: Inbox, words: 'webhooks deliveries replay' },
      { to: '/plugins', label: 'Plugins', icon: SquareFunction, words: 'code javascript hooks filter transform drop' },
    ],
  },
  {
    label: 'Sending',
    items: [
      { to: '/messages', label: 'Messages', icon: Send, words: 'outbound webhooks sent deliveries resend' },
      { to: '/destinations', label: 'Destinations', icon: Radio, words: 'outbound webhooks receivers queues streams' },
      {
        to: '/dead-letters',
        label: 'Dead letters',
        icon: CircleAlert,
        words: 'parked failed undelivered resend discard',
      },
      { to: '/event-types', label: 'Event types', icon: Shapes, words: 'registry schemas versions examples' },
    ],
  },
  {
    label: 'Watch',
    items: [
      { to: '/activity', label: 'Activity', icon: Activity, words: 'logs live' },
      { to: '/requests', label: 'Requests', icon: ArrowUpRight, words: 'calls gateway latency errors log' },
      { to: '/queued-requests', label: 'Queued requests', icon: Clock, words: 'retry failed calls dead' },
      { to: '/audit-log', label: 'Audit log', icon: ScrollText, words: 'who did what' },
    ],
  },
  {
    label: 'Governance',
    items: [
      { to: '/approvals', label: 'Approvals', icon: ShieldCheck, words: 'requests pending review' },
      { to: '/policies', label: 'Policies', icon: Scale, words: 'organization rules retention gdpr register networks' },
    ],
  },
  {
    label: 'Access',
    items: [
      { to: '/api-keys', label: 'API keys', icon: KeyRound, words: 'tokens' },
      {
        to: '/keys',
        label: 'Encryption keys',
        icon: KeySquare,
        words: 'rotation rotate master data secrets vault kms',
      },
      { to: '/members', label: 'Members', icon: Users, words: 'team invite people roles' },
    ],
  },
]

/** Ways that stand in the command palette alone: views of a page that one looks for by name. */
export const shortcuts: { href: string; label: string; icon: LucideIcon; words: string }[] = [
  {
    href: '/events?status=failed%2Cparked',
    label: 'Dead events',
    icon: MailWarning,
    words: 'dead letters failed parked',
  },
  { href: '/events?status=unroutable', label: 'Unroutable events', icon: MailQuestionMark, words: 'account unknown' },
]
