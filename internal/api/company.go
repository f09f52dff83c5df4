package api

// A Company is a company, in both directions. What GET gives may be PUT back:
// masked secrets mean "keep" and what only the server says is ignored.
type Company struct {
	ID      string      `json:"id,omitempty"`
	Version int64       `json:"version,omitempty"` // of the settings; one that is PUT must be the stored one
	Name    string      `json:"name"`
	Shop    Shop        `json:"shop"`
	Chat    Chat        `json:"chat"`
	Catalog CatalogSync `json:"catalog"`
	Orders  OrderSync   `json:"orders"`

	// From here on it is only the server who says it.
	AccountID      int64     `json:"account_id,omitempty"`
	Problem        *Problem  `json:"problem"`         // stops its orders
	ChatProblem    *Problem  `json:"chat_problem"`    // stops its reports
	CatalogProblem *Problem  `json:"catalog_problem"` // stops its catalog
	IntakeProblem  *Problem  `json:"intake_problem"`  // what its chat delivers becomes no order
	Unread         int       `json:"unread"`          // deliveries that wait for a program that reads them
	Notices        []Problem `json:"notices"`
	WebhookPath    string    `json:"webhook_path"`
	Hooks          Hooks     `json:"insales_webhooks"`
}

// A Shop is the access to the shop. The password is the only way in that the shop
// gives; it is never given back.
type Shop struct {
	URL      string `json:"url"`
	KeyID    string `json:"key_id"`
	Password string `json:"password"`
}

// A Chat is how both sides of the chat prove themselves: Secrets verify what comes
// in, in every mode; Token authorises what goes out.
type Chat struct {
	URL     string   `json:"url"`
	Auth    string   `json:"auth"`
	Secrets []string `json:"secrets"`
	Token   string   `json:"token"`
	HMAC    *HMAC    `json:"hmac,omitempty"`
	Wire    *Wire    `json:"wire,omitempty"`
}

// An HMAC is how a chat signs what it posts, where it has a way of its own.
type HMAC struct {
	Header          string `json:"header"`
	Algorithm       string `json:"algorithm"` // sha1, sha256, sha512
	Encoding        string `json:"encoding"`  // hex, base64
	Prefix          string `json:"prefix"`
	Over            string `json:"over"` // body, timestamp.body
	TimestampHeader string `json:"timestamp_header"`
}

// A Wire is how what a chat posts becomes what the contract says, and back; without one
// the contract is spoken.
type Wire struct {
	Preset  string            `json:"preset"`
	Fields  map[string]string `json:"fields"`
	Receive string            `json:"receive"`
	Report  string            `json:"report"`
	Answer  *WireAnswer       `json:"answer,omitempty"`
	Catalog string            `json:"catalog"`
}

// A WireAnswer is what every delivery that was taken is answered.
type WireAnswer struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// A CatalogSync is the settings of the catalog sync.
type CatalogSync struct {
	Enabled  bool   `json:"enabled"`
	Interval string `json:"interval"`
	Price    string `json:"price"`

	// FeedURL is where the catalog is fetched, if it is a feed. It is as good as a password,
	// and only the server says it, of one company that is asked for.
	FeedURL string `json:"feed_url,omitempty"`
}

// An OrderSync is the settings of the order sync. The maps go from what INEED.CHAT
// says to what InSales understands, but Statuses, which go the other way.
type OrderSync struct {
	Enabled    bool              `json:"enabled"`
	Paused     bool              `json:"paused"`
	Payments   map[string]int64  `json:"payments"`
	Deliveries map[string]int64  `json:"deliveries"`
	Statuses   map[string]string `json:"statuses"`
	MaxAge     string            `json:"max_age"`
	EraseAfter string            `json:"erase_after"` // "" = never
	Fields     map[string]string `json:"fields"`      // what to fill obligatory checkout fields with

	OwnSyncOff bool `json:"own_sync_off"` // the chat's own way into the shop is off, as a person has said
}

// Hooks is how the shop tells the connector of its changes.
type Hooks struct {
	Registered bool     `json:"registered"`
	Problem    *Problem `json:"problem"` // why it does not, or what is odd
}

// A Rotate says what gets a new secret: the webhooks of "chat" or "insales", or "feed".
type Rotate struct {
	Of string `json:"of"`
}

// A Rotated is the new secret of the chat's webhooks, which is given this once, or the new
// address of the feed.
type Rotated struct {
	Secret  string `json:"secret,omitempty"`
	FeedURL string `json:"feed_url,omitempty"`
}
