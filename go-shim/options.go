package tabletheory

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"time"

	"github.com/tabletheory/tabletheory-go/internal/engine"
)

// Version is the version of this package.
const Version = "0.1.0"

// Option configures a [DB].
type Option func(*config) error

type config struct {
	settings    settings
	schema      []byte
	transport   Transport
	credentials CredentialsProvider
	clock       Clock
	timeout     time.Duration
	connect     time.Duration
	attempt     time.Duration
	connections int
	http        bool
	tls         *tls.Config
	instances   int
	models      []func(*DB) error
}

// settings is the settings document of the core. What is not set is left to the core.
type settings struct {
	Transport string     `json:"transport,omitempty"`
	Region    string     `json:"region,omitempty"`
	Endpoint  string     `json:"endpoint,omitempty"`
	Tables    *tables    `json:"tables,omitempty"`
	Capacity  string     `json:"capacity,omitempty"`
	Strict    bool       `json:"strict,omitempty"`
	Retry     *RetryMode `json:"retry,omitempty"`
	Cursor    *keyring   `json:"cursor,omitempty"`
	UserAgent string     `json:"user_agent"`
}

// keyring says how cursors are signed.
type keyring struct {
	Keys     []string `json:"keys"`
	Required *bool    `json:"required,omitempty"`
}

type tables struct {
	Prefix string            `json:"prefix,omitempty"`
	Names  map[string]string `json:"names,omitempty"`
}

// RetryMode tunes the retries. Members that are nil keep their default.
type RetryMode struct {
	// MaxAttempts counts the first one.
	MaxAttempts *int `json:"max_attempts,omitempty"`
	// BaseMillis and MaxBackoffMillis bound the waits between attempts.
	BaseMillis       *int `json:"base_ms,omitempty"`
	MaxBackoffMillis *int `json:"max_backoff_ms,omitempty"`
	// Budget is how many tokens the retries of an instance of the core may use up.
	Budget *int `json:"budget,omitempty"`
}

func set(apply func(*config)) Option {
	return func(c *config) error {
		apply(c)
		return nil
	}
}

// WithSchema gives the schema document (YAML or JSON) itself; the path of [Open] is then not read and may be empty.
func WithSchema(document []byte) Option { return set(func(c *config) { c.schema = document }) }

// WithRegion sets the AWS region. Default: AWS_REGION, then AWS_DEFAULT_REGION.
func WithRegion(region string) Option { return set(func(c *config) { c.settings.Region = region }) }

// WithEndpoint sets scheme, host and port of the service. Default: AWS_ENDPOINT_URL_DYNAMODB, then AWS_ENDPOINT_URL
// (neither with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true), then the region's own endpoint.
func WithEndpoint(url string) Option { return set(func(c *config) { c.settings.Endpoint = url }) }

// WithCredentials sets where credentials come from. Default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN. The SDK's chain of profiles and roles comes with the module awssdk.
func WithCredentials(provider CredentialsProvider) Option {
	return set(func(c *config) { c.credentials = provider })
}

// WithHTTP sends requests with net/http, rather than over the sockets of this package. That costs more, and is done by itself
// where the environment names a proxy for the endpoint.
func WithHTTP() Option { return set(func(c *config) { c.http = true }) }

// WithTransport replaces the connections of this package. A [Signer] needs no region, endpoint or credentials.
func WithTransport(transport Transport) Option {
	return set(func(c *config) { c.transport = transport })
}

// WithTablePrefix puts a prefix before every table name of the schema document.
func WithTablePrefix(prefix string) Option {
	return set(func(c *config) { c.tables().Prefix = prefix })
}

// WithTableName names the table of one model, as it is, without the prefix.
func WithTableName(model, table string) Option {
	return set(func(c *config) {
		if c.tables().Names == nil {
			c.settings.Tables.Names = map[string]string{}
		}
		c.settings.Tables.Names[model] = table
	})
}

func (c *config) tables() *tables {
	if c.settings.Tables == nil {
		c.settings.Tables = &tables{}
	}
	return c.settings.Tables
}

// WithCapacity says which consumed capacity [Stats] hold: `none`, `total` (default) or `indexes`.
func WithCapacity(detail string) Option { return set(func(c *config) { c.settings.Capacity = detail }) }

// WithStrictSchema makes the warnings of the schema document errors.
func WithStrictSchema() Option { return set(func(c *config) { c.settings.Strict = true }) }

// WithSignedCursors signs cursors, so that those who are handed one can neither change it nor use it for another query. Keys are at
// least 32 random bytes each: the first one signs, and any of them verifies, so that keys can be exchanged. Cursors without a
// signature are then refused.
func WithSignedCursors(keys ...[]byte) Option {
	return set(func(c *config) { c.keyring().Keys = encodedKeys(keys) })
}

// WithUnsignedCursors also takes cursors without a signature: for the time in which signing is introduced.
func WithUnsignedCursors() Option { return set(func(c *config) { c.keyring().Required = new(bool) }) }

func (c *config) keyring() *keyring {
	if c.settings.Cursor == nil {
		c.settings.Cursor = &keyring{Keys: []string{}}
	}
	return c.settings.Cursor
}

func encodedKeys(keys [][]byte) []string {
	encoded := make([]string, len(keys))
	for n, key := range keys {
		encoded[n] = base64.StdEncoding.EncodeToString(key)
	}
	return encoded
}

// WithRetry tunes the retries, which the core decides.
func WithRetry(mode RetryMode) Option { return set(func(c *config) { c.settings.Retry = &mode }) }

// WithTimeout bounds each call as a whole, with its retries. Default: only the context's own deadline.
func WithTimeout(limit time.Duration) Option { return set(func(c *config) { c.timeout = limit }) }

// WithAttemptTimeouts bounds the making of a connection with TLS (default 3 s) and one exchange, connecting included
// (default 10 s). It has no effect on a transport of your own.
func WithAttemptTimeouts(connect, attempt time.Duration) Option {
	return set(func(c *config) { c.connect, c.attempt = connect, attempt })
}

// WithMaxConnections bounds the connections to the service (default 256); who finds all in use waits for one. Those that were not
// used for 15 s are closed. It has no effect on a transport of your own.
func WithMaxConnections(count int) Option { return set(func(c *config) { c.connections = count }) }

// WithTLS gives certificates of one's own, for instance RootCAs. Default: the roots of the system. It has no effect on a
// transport of your own.
func WithTLS(configuration *tls.Config) Option { return set(func(c *config) { c.tls = configuration }) }

// WithInstances bounds how many instances of the core work side by side. Default: GOMAXPROCS.
func WithInstances(count int) Option { return set(func(c *config) { c.instances = count }) }

// WithModel checks the Go type T against a model when the DB is opened, rather than at its first use.
func WithModel[T any](name string) Option {
	return set(func(c *config) {
		c.models = append(c.models, func(db *DB) error { return db.check(name, reflect.TypeFor[T]()) })
	})
}

// Clock supplies time, randomness and waiting. It is for tests: the default is the real one.
type Clock interface {
	// Now is the current time.
	Now() time.Time
	// Seed is 128 fresh random bits.
	Seed() (high, low uint64)
	// Wait returns after the duration, or with the context's error. It is called while nothing is in flight.
	Wait(ctx context.Context, duration time.Duration) error
}

// WithClock replaces the real clock and the real randomness.
func WithClock(clock Clock) Option { return set(func(c *config) { c.clock = clock }) }

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Seed() (high, low uint64) {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // does not fail: it would end the program
	return binary.LittleEndian.Uint64(bits[:8]), binary.LittleEndian.Uint64(bits[8:])
}

func (realClock) Wait(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *config) moment() engine.Moment {
	high, low := c.clock.Seed()
	return engine.Moment{Nanos: uint64(c.clock.Now().UnixNano()), SeedHigh: high, SeedLow: low}
}

// resolve fills in what was not set, by the conventions of AWS, and gives the settings document.
func (c *config) resolve() []byte {
	_, signer := c.transport.(Signer)
	if signer {
		c.settings.Transport = "sdk"
	} else {
		c.settings.Region = first(c.settings.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
		if os.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != "true" {
			c.settings.Endpoint = first(c.settings.Endpoint, os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), os.Getenv("AWS_ENDPOINT_URL"))
		}
	}
	if c.transport == nil {
		if c.settings.Transport = "socket"; c.http || c.behindProxy() {
			c.settings.Transport = "http"
			c.transport = newHTTPTransport(c)
		}
	}
	if c.credentials == nil {
		c.credentials = CredentialsFunc(environment)
	}
	if c.clock == nil {
		c.clock = realClock{}
	}
	if c.instances <= 0 {
		c.instances = runtime.GOMAXPROCS(0)
	}
	c.settings.UserAgent = "tabletheory-go/" + Version
	document, _ := json.Marshal(c.settings) // plain data: cannot fail
	return document
}

// behindProxy says that the environment names a proxy on the way to the service (HTTPS_PROXY, NO_PROXY). Of the region's own
// endpoint only the usual form is known here, which the exceptions are matched with.
func (c *config) behindProxy() bool {
	way, err := http.NewRequest(http.MethodPost, first(c.settings.Endpoint, "https://dynamodb."+c.settings.Region+".amazonaws.com"), nil)
	if err != nil {
		return false // for the core to refuse
	}
	proxy, err := http.ProxyFromEnvironment(way)
	return proxy != nil || err != nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
