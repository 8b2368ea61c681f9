package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/tabletheory/tabletheory-go"
	"github.com/tabletheory/tabletheory-go/awssdk"
)

// opening is the member `open`.
type opening struct {
	DMS           string                 `json:"dms"`
	Region        string                 `json:"region"`
	Endpoint      string                 `json:"endpoint"`
	Transport     string                 `json:"transport"`
	Credentials   *[]credentials         `json:"credentials"`
	Tables        *tables                `json:"tables"`
	Numbers       string                 `json:"numbers"`
	Capacity      string                 `json:"capacity"`
	Strict        bool                   `json:"strict"`
	Retry         *tabletheory.RetryMode `json:"retry"`
	Cursor        *keyring               `json:"cursor"`
	CallTimeoutMS int64                  `json:"call_timeout_ms"`
	AttemptMS     int64                  `json:"attempt_timeout_ms"`
	CAFile        string                 `json:"ca_file"`
}

type keyring struct {
	Keys     []string `json:"keys"`
	Required *bool    `json:"required"`
}

// options are those that sign cursors.
func (k *keyring) options() []tabletheory.Option {
	keys := [][]byte{}
	for _, text := range k.Keys {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic("a key that is not base64")
		}
		keys = append(keys, key)
	}
	if k.Required != nil && !*k.Required {
		return []tabletheory.Option{tabletheory.WithSignedCursors(keys...), tabletheory.WithUnsignedCursors()}
	}
	return []tabletheory.Option{tabletheory.WithSignedCursors(keys...)}
}

type tables struct {
	Prefix string            `json:"prefix"`
	Names  map[string]string `json:"names"`
}

type credentials struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
	SessionToken    string `json:"session_token"`
	ExpiresMS       int64  `json:"expires_ms"`
}

type driver struct {
	db         *tabletheory.DB
	clock      *clock
	script     script
	isScripted bool
	lifecycle  map[string][]string // attributes that the library sets, by model
}

func (d *driver) close() {
	if d.db != nil {
		d.db.Close()
		d.db = nil
	}
}

func (d *driver) open(o *opening) error {
	d.script.clock = d.clock
	d.isScripted = o.Transport == "scripted"
	options := []tabletheory.Option{tabletheory.WithSchema([]byte(o.DMS)), tabletheory.WithClock(d.clock)}
	if o.Region != "" {
		options = append(options, tabletheory.WithRegion(o.Region))
	}
	if o.Endpoint != "" {
		options = append(options, tabletheory.WithEndpoint(o.Endpoint))
	}
	if o.Tables != nil {
		options = append(options, tabletheory.WithTablePrefix(o.Tables.Prefix))
		for model, table := range o.Tables.Names {
			options = append(options, tabletheory.WithTableName(model, table))
		}
	}
	if o.Capacity != "" {
		options = append(options, tabletheory.WithCapacity(o.Capacity))
	}
	if o.Strict {
		options = append(options, tabletheory.WithStrictSchema())
	}
	if o.Retry != nil {
		options = append(options, tabletheory.WithRetry(*o.Retry))
	}
	if o.Cursor != nil {
		options = append(options, o.Cursor.options()...)
	}
	if o.CallTimeoutMS > 0 {
		options = append(options, tabletheory.WithTimeout(time.Duration(o.CallTimeoutMS)*time.Millisecond))
	}
	if o.Numbers != "" && o.Numbers != "exact" {
		panic(fmt.Sprintf("numbers `%s`: this library reads numbers by the Go type, always exactly", o.Numbers))
	}
	if o.Credentials != nil {
		options = append(options, tabletheory.WithCredentials(oneAfterTheOther(*o.Credentials)))
	}
	if o.AttemptMS > 0 {
		options = append(options, tabletheory.WithAttemptTimeouts(0, time.Duration(o.AttemptMS)*time.Millisecond))
	}
	if o.CAFile != "" {
		options = append(options, tabletheory.WithTLS(trusting(o.CAFile)))
	}
	switch o.Transport {
	case "", "socket":
	case "http":
		options = append(options, tabletheory.WithHTTP())
	case "scripted":
		options = append(options, tabletheory.WithTransport(&d.script))
	case "sdk":
		options = append(options, awssdk.WithConfig(o.config()))
	default:
		panic(fmt.Sprintf("transport `%s` is not known", o.Transport))
	}
	db, err := tabletheory.Open(context.Background(), "", options...)
	if err != nil {
		return err
	}
	d.db = db
	return d.describe()
}

func trusting(file string) *tls.Config {
	certificates, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(certificates) {
		panic("no certificate in " + file)
	}
	return &tls.Config{RootCAs: roots}
}

// oneAfterTheOther hands out one after the other, the last one again and again.
func oneAfterTheOther(list []credentials) tabletheory.CredentialsProvider {
	next := 0
	return tabletheory.CredentialsFunc(func(context.Context) (tabletheory.Credentials, error) {
		if len(list) == 0 {
			return tabletheory.Credentials{}, errors.New("looked at an empty list")
		}
		given := list[min(next, len(list)-1)]
		next++
		found := tabletheory.Credentials{AccessKeyID: given.AccessKeyID, SecretAccessKey: given.SecretAccessKey, SessionToken: given.SessionToken}
		if given.ExpiresMS != 0 {
			found.Expires = time.UnixMilli(given.ExpiresMS)
		}
		return found, nil
	})
}

func (o *opening) config() aws.Config {
	cfg := aws.Config{Region: o.Region}
	if o.Endpoint != "" {
		cfg.BaseEndpoint = aws.String(o.Endpoint)
	}
	if o.Credentials != nil {
		provider := oneAfterTheOther(*o.Credentials)
		cfg.Credentials = aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			found, err := provider.Retrieve(ctx)
			return aws.Credentials{
				AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.SessionToken,
				Expires: found.Expires, CanExpire: !found.Expires.IsZero(),
			}, err
		})
	}
	return cfg
}

// describe learns which attributes the library sets: create and put fill them into the item.
func (d *driver) describe() error {
	text, err := d.db.Describe()
	if err != nil {
		return err
	}
	var described struct {
		Models []struct {
			Name       string
			Attributes []struct {
				Attribute string
				Roles     []string
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &described); err != nil {
		return err
	}
	d.lifecycle = map[string][]string{}
	for _, model := range described.Models {
		for _, attribute := range model.Attributes {
			for _, role := range attribute.Roles {
				if role == "created_at" || role == "updated_at" || role == "version" {
					d.lifecycle[model.Name] = append(d.lifecycle[model.Name], attribute.Attribute)
				}
			}
		}
	}
	return nil
}
