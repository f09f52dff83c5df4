// Package problem names what can be wrong, so that everybody calls it the same.
//
// Each problem, notice and refusal is a code with arguments; package locale has
// their words. Invalid lists what is wrong with settings, field by field. Refused
// is why something that a person asked for is not possible now. What the failure
// of a request to the shop, to the chat or of the network means is decided here
// once for all rooms: OfShop gives the code, Certain tells whether the next
// request would fail as well.
//
// Nothing here asks anybody or keeps anything, and no code is ever renamed: codes
// are stored with the orders, and programs of others compare them.
package problem

// The codes of all problems, notices and refusals. Their words, Russian and
// English, are package locale's; the arguments of each stand behind it.
const (
	// Why an order is in attention.
	PaymentUnmapped   = "payment_unmapped"    // type
	DeliveryUnmapped  = "delivery_unmapped"   // type
	VariantMissing    = "variant_missing"     // line: it has a sku only, or neither
	SKUUnknown        = "sku_unknown"         // line, sku: no variant of the catalog has it
	SKUAmbiguous      = "sku_ambiguous"       // line, sku: several variants have it
	VariantInvalid    = "variant_invalid"     // line, variant: not an InSales id
	Currency          = "currency"            // currency: not roubles
	BodyUnreadable    = "body_unreadable"     // the stored webhook cannot be decoded any more
	TooOld            = "too_old"             // hours: older than the company's max_age
	DesiredTimePassed = "desired_time_passed" // at
	ShopRefused       = "shop_refused"        // status, message: InSales' own words
	NeverArrives      = "never_arrives"       // times: proven absent again and again
	NotProven         = "not_proven"          // the shop contradicts itself about which orders it has
	LookAlike         = "look_alike"          // orders: InSales numbers that may be this order
	AccountLeft       = "account_left"        // the account changed while it was being sent

	// What a company waits for; it stops all its orders.
	KeyRejected     = "key_rejected"     // 401
	rightMissing    = "right_missing"    // 403; operation
	ShopShielded    = "shop_shielded"    // status; name: of the protection that answers in the shop's stead, if known
	ShopNotFound    = "shop_not_found"   // 404
	ShopLocked      = "shop_locked"      // 423
	ShopRedirects   = "shop_redirects"   // 3xx; to: the other host it names, if any
	ShopUnreachable = "shop_unreachable" // reason
	ShopFailing     = "shop_failing"     // status
	UnknownOutcomes = "unknown_outcomes" // two orders in a row
	FeedUnreadable  = "feed_unreadable"  // an order of ours in the feed cannot be read; order
	FeedStuck       = "feed_stuck"       // the feed repeats one page
	FeedUnsorted    = "feed_unsorted"    // the feed stands newest first, so that what a page leaves cannot be asked for
	FeedLacks       = "feed_lacks"       // the feed does not show an order that is there; order, if it is one of ours
	AccountChanged  = "account_changed"  // bound, found
	SecretsSealed   = "secrets_sealed"   // our own secrets cannot be read

	// What is wrong with the machine, and not with one company.
	StoreFull    = "store_full"    // there is no room for new orders
	StoreLost    = "store_lost"    // a file of the database was removed or exchanged
	StoreNoLock  = "store_no_lock" // so was its lock file
	StoreDamaged = "store_damaged" //
	StoreFailing = "store_failing" // it cannot be written, nobody knows why
	DiskLow      = "disk_low"      // free, need: MiB
	ClockSlow    = "clock_slow"    // seconds: our clock is behind those of all peers
	ClockFast    = "clock_fast"    // seconds: it is ahead of them
	Restarts     = "restarts"      // n: crashes within an hour
	BackupOld    = "backup_old"    // hours: since the last good copy of the database; or never, if there is none

	// What the chat delivers becomes no order.
	DeliveriesRefused = "deliveries_refused" // n, at: of a sender that proved itself, since an order came through
	WireUnread        = "wire_unread"        // n, at: deliveries that wait for a program that reads them

	// Why the chat is not told.
	ChatRejected   = "chat_rejected"    // 401, 403; stops the company's reports
	ReportRefused  = "report_refused"   // status, message
	ReportNotFound = "report_not_found" // the chat does not know the order
	ReportExpired  = "report_expired"   // three days of failures
	ReportProgram  = "report_program"   // kind, field: the company's own program makes no request of it

	StatusesFail = "statuses_fail" // status; 0 or none = no answer: the last status was not taken and is tried again

	// Why the catalog does not get on, or what was withheld of it.
	PriceMissing       = "price_missing"      // price: no product shows it
	ChatFailing        = "chat_failing"       // status; 0 = no answer
	CatalogRejected    = "catalog_rejected"   // 401, 403; stops the company's catalog
	CatalogWithheld    = "catalog_withheld"   // removed, held, categories, unread, visible: like an accident
	CatalogIncomplete  = "catalog_incomplete" // unread: products that the shop counts and did not give
	NoticeBatchRefused = "batch_refused"      // status, message: a whole batch; its products are tried again later

	// Why a product is not in the chat, or not all of it.
	ProductNoVariants = "product_no_variants" //
	ProductNoPrice    = "product_no_price"    // variants: none has a price that can be sent
	ProductTooLarge   = "product_too_large"   // variants, bytes, most
	NoticeProductCut  = "product_cut"         // variants, skus, pictures, links, description: left out

	// Why the shop does not tell of its changes at once. Polling does the work.
	HooksNoURL     = "hooks_no_url"    // CONNECTOR_PUBLIC_URL is not set
	HooksNoRight   = "hooks_no_right"  // 403
	HooksFailing   = "hooks_failing"   // status
	OtherConnector = "other_connector" // host: another one is registered for the same company

	// Many orders disappeared from the shop: the chat is told nothing of them
	// before a person has said that they are cancelled.
	OrdersGone = "orders_gone"

	// Remarks on an order.
	NoticeLinesDiffer     = "lines_differ"      // missing
	NoticeTotalDiffers    = "total_differs"     // asked, created
	NoticeSumDiffers      = "sum_differs"       // total, computed: within the chat's own order
	NoticeNumberRounded   = "number_rounded"    // numbers: each with its field, as it was sent and as it was taken
	NoticeTwoOrders       = "two_orders"        // first, second: InSales ids under one marker
	NoticeOrderTwice      = "order_twice"       // order: the InSales id under a marker that another connector has made
	NoticeCreatedAnyway   = "created_anyway"    // a cancel came too late
	NoticeStatusUnknown   = "status_unknown"    // value
	NoticeStatusGone      = "status_gone"       // the shop archived or lost the order
	NoticeReportConflict  = "report_conflict"   // the chat already had something newer
	NoticeAnotherOrder    = "another_order"     // body: its number; the same id, other contents
	NoticeMoreBodies      = "more_bodies"       // more, max: other bodies beyond those that are kept beside the order
	NoticeCancelledInChat = "cancelled_in_chat" // after it had left
	NoticePaidInPart      = "paid_in_part"      // amount, total
	NoticePaymentNotTaken = "payment_not_taken" // status, or reason: the shop does not take the payment
	NoticeReportFailing   = "report_failing"    // status: the chat fails on this order's status and takes others
	NoticePhoneAsTyped    = "phone_as_typed"    // it is no phone number we know
	NoticeEmailLeftOut    = "email_left_out"    // it is no e-mail address
	NoticeManagerComment  = "manager_comment"   // not all of the number, the channel and the link stand there
	NoticeDiscountRest    = "discount_rest"     // amount: what whole kopecks could not take off
	NoticeEmojiRemoved    = "emoji_removed"     // the shop refused them
	NoticeKeysLeftOut     = "keys_left_out"     // keys: that the shop refused by name
	NoticeCommentCut      = "comment_cut"       // the comments of the order and its lines are longer than is sent
	NoticeTimeNotKept     = "time_not_kept"     // asked, created: the desired time
	NoticeDeliveryDiffers = "delivery_differs"  // asked, created
	NoticeMarkerNotKept   = "marker_not_kept"   // company: the shop drops our marker
	NoticeNotProbed       = "not_probed"        // company: no probe has ended yet
	NoticeMarkerHidden    = "marker_hidden"     // company: the shop shows no manager's comments
	NoticeMarkerUntested  = "marker_untested"   // company: no create yet

	// What a check has to say, beside what a company waits for.
	RightAbsent           = "right_absent"     // right: orders need it
	ListEmpty             = "list_empty"       // of payments or deliveries, though the settings name some
	WindowFull            = "window_full"      // no request was admitted in time
	NoticeNotAsked        = "not_asked"        // what was found before left nothing to ask
	NoticeRightUnused     = "right_unused"     // right: it is not there, and orders do without
	NoticeRightUnproven   = "right_unproven"   // right: only writing would show it
	NoticeRightUnseen     = "right_unseen"     // right: there is nothing that would show it
	NoticePlanEnds        = "plan_ends"        // on, days
	NoticePlanEnded       = "plan_ended"       // on
	NoticeNothingMapped   = "nothing_mapped"   // of a kind of type, so every order will wait
	NoticePairUnlinked    = "pair_unlinked"    // payment, payment_id, delivery, delivery_id
	NoticeLinksUnknown    = "links_unknown"    // the shop does not tell what is linked
	NoticeFieldObligatory = "field_obligatory" // id, title, key: by which the settings fill it
	NoticeKeyShared       = "key_shared"       // requests: of this window, by somebody else
	NoticeWindowUnknown   = "window_unknown"   // its beginning was not seen
	NoticeHooksNotYet     = "hooks_not_yet"    // the webhooks are not registered
	ChatUnproven          = "chat_unproven"    // n, at, refusal: of the chat's form, but not believed
	ChatUnsigned          = "chat_unsigned"    // n, at, refusal: not even of that form
	ChatClockWrong        = "chat_clock_wrong" // so far off that nothing is believed
	NoticeChatUnheard     = "chat_unheard"     // nothing that was believed has come yet
	NoticeChatClockOff    = "chat_clock_off"   //
	NoticeChatNoClock     = "chat_no_clock"    // what comes does not tell the time
	NoticeChatClockNext   = "chat_clock_next"  // what comes tells it, and nothing has since the start
	NoticeChatSilent      = "chat_silent"      // its wire has no way for statuses
	NoticeChatNowhere     = "chat_nowhere"     // nobody has said where it takes statuses
	NoticeChatUntold      = "chat_untold"      // there was no status to tell yet

	// Why an action is not possible now.
	RefusedRetry           = "cannot_retry"      // state
	RefusedCancel          = "cannot_cancel"     // state
	RefusedLink            = "cannot_link"       // state
	RefusedErased          = "data_erased"       // what would be sent is there no more
	RefusedNoStatus        = "no_status"         // the shop does not have the order yet
	RefusedOtherShop       = "other_shop"        // host, shop: the URL is of another one
	RefusedLinked          = "linked_already"    // order: to which the InSales order belongs
	RefusedNotInShop       = "no_such_order"     // id
	RefusedAccept          = "nothing_to_accept" // state
	RefusedNoBody          = "no_such_body"      // body
	RefusedErase           = "cannot_erase"      // state
	RefusedPreview         = "cannot_preview"    // state
	RefusedRefresh         = "cannot_refresh"    // state
	RefusedReport          = "nothing_to_report" // state
	RefusedCatalogOff      = "catalog_off"       // the company's catalog sync is not enabled
	RefusedCatalogRuns     = "catalog_runs"      // one run at a time
	RefusedNoFeed          = "no_feed"           // the company's catalog is not fetched as a feed
	RefusedNothingWithheld = "nothing_withheld"  // the guard keeps nothing back that could be allowed
	RefusedNotEnabled      = "not_enabled"       //
	RefusedNoneGone        = "none_gone"
	RefusedLastOwner       = "last_owner"         // somebody has to be able to change everything
	RefusedSelf            = "yourself"           // it is done to others only
	RefusedBackupRuns      = "backup_runs"        // one at a time
	RefusedNoRoom          = "no_room"            // for a backup beside the database
	RefusedSameAccount     = "same_account"       // bound
	RefusedCompanyBusy     = "company_has_orders" // new, sending, attention: counts
	ProbeRuns              = "probe_runs"         // one at a time
	ProbeLeft              = "probe_left"         // n: what a probe has made is still in the shop
	ProbeNoMaps            = "probe_no_maps"      // no payment and delivery to order with
	RefusedCompanyExists   = "company_changed"    // saved by somebody else at the same time

	// Why people could not be told.
	NotReached = "not_reached" // service, at, reason: the connection broke, or nobody knows why there is none
	// The same arguments have these, and host.
	UnreachedName        = "unreached_name"        // nobody knows the host
	UnreachedRefused     = "unreached_refused"     // nobody listens at the port
	UnreachedTimeout     = "unreached_timeout"     // no answer in time
	UnreachedTLS         = "unreached_tls"         // the connection cannot be protected
	UnreachedCertificate = "unreached_certificate" // the certificate is not to be trusted
	UnreachedProxy       = "unreached_proxy"       // it is the proxy that does not answer
	UnreachedPrivate     = "unreached_private"     // an address that must not be connected to

	// What a mail server, or who takes webhooks, says in a way that can be told from the rest.
	MailProtect    = "mail_protect"    // no STARTTLS; these also: status, message
	MailNoSignIn   = "mail_no_sign_in" // it asks for no password
	MailSignIn     = "mail_sign_in"
	MailSender     = "mail_sender"
	MailRecipients = "mail_recipients"
	HookNotFound   = "hook_not_found"
	HookSignIn     = "hook_sign_in"

	NotTaken   = "not_taken"   // status, message: the other side's own words
	Unanswered = "unanswered"  // the mail has left, the answer did not come
	BotWaits   = "bot_waits"   // service, seconds: it wants fewer messages
	BotToken   = "bot_unknown" // service, status, message; these also: of a bot
	BotChat    = "bot_chat"
	BotBlocked = "bot_blocked"
	BotKicked  = "bot_kicked"
	BotRights  = "bot_rights"
	BotHeard   = "bot_heard" // service: somebody else is told what the bot hears
	BotUnmet   = "bot_unmet" // service: nobody has written to the bot

	// What is wrong with a field of the settings.
	FieldRequired      = "required"
	FieldTaken         = "id_taken"       // id: it is a word of the panel's paths
	FieldNameTaken     = "name_taken"     // another user is called so
	FieldTokenTaken    = "token_taken"    // another token is called so
	FieldURL           = "url"            // not an absolute http(s) URL
	FieldShopURL       = "shop_url"       // no URL of a shop
	FieldPrivateHost   = "private_host"   // an IP address that must not be connected to
	FieldHTTPS         = "https"          // http is allowed only with CONNECTOR_ALLOW_PRIVATE_NETWORKS
	FieldSecretAgain   = "secret_again"   // the host changed
	FieldSecretShort   = "secret_short"   // fewer than 32 characters
	FieldSecretForm    = "secret_form"    // not whsec_ + base64
	FieldPasswordShort = "password_short" // min: characters
	FieldTooMany       = "too_many"       // max
	FieldTooLong       = "too_long"       // max: bytes
	FieldOneOf         = "one_of"         // values
	FieldKeyUnknown    = "key_unknown"    // the shop does not take the access key
	FieldID            = "id"             // not an id of its kind
	FieldRange         = "range"          // min, max
	FieldCursor        = "cursor"         // of a list
	FieldUnknown       = "unknown_field"  //
	FieldRepeated      = "repeated"       // a name stands twice in one object
	FieldNotInShop     = "not_in_shop"    // id
	FieldDeliveryPoint = "delivery_point" // id, title: of a carrier, where a point must be chosen
	FieldDeliveryType  = "delivery_type"  // id, type, title
	FieldPriceKind     = "price_kind"     // not price, price2, price3 …
	FieldEmail         = "email"          // not an e-mail address
	FieldPhone         = "phone"          // not a phone number
	FieldMailServer    = "mail_server"    // not a host with or without a port
	FieldBotToken      = "bot_token"      // not a token of a Telegram bot
	FieldMaxToken      = "max_token"      // not a token of a bot of MAX
	FieldProxy         = "proxy"          // not an http or socks5 URL
	FieldHeaderName    = "header_name"    // not the name of a header
	FieldWordShort     = "word_short"     // min: characters of a secret of the chat's own
	FieldWireSyntax    = "wire_syntax"    // reason: what jq says
	FieldCatalogNone   = "catalog_none"   // the catalog sync is on for a chat that has no use for one
	fieldShopCheck     = "shop_check"     // code: a company problem, when enabling
)
