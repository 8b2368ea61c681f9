package plain

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type order struct {
	PK      string            `json:"pk"`
	SK      string            `json:"sk"`
	Status  string            `json:"status"`
	Note    string            `json:"note"`
	Amount  float64           `json:"amount"`
	Items   int               `json:"items"`
	Weight  float64           `json:"weight"`
	Paid    bool              `json:"paid"`
	Lines   []string          `json:"lines"`
	Address map[string]string `json:"address"`
	Tags    SetOf[string]     `json:"tags"`
	Label   []byte            `json:"label"`
}

// page is a page of items of twelve attributes, as the core gives it.
func page(items int) string {
	var text strings.Builder
	text.WriteByte('[')
	for n := range items {
		if n > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"address":{"city":"Basel","zip":"4051"},"amount":1299.95,"items":3,"label":{"$binary":"AQIDBAUGBwgJCgsMDQ4PEA=="},`+
			`"lines":["sku-1","sku-22","sku-333"],"note":"left at the door, second floor","paid":true,"pk":"user#1001",`+
			`"sk":"order#2026-01-02#%04d","status":"shipped","tags":{"$set":["express","gift"]},"weight":12.5}`, n)
	}
	text.WriteByte(']')
	return text.String()
}

func BenchmarkDecodePage(b *testing.B) {
	text := page(100)
	b.Run("struct", func(b *testing.B) { decode[[]order](b, text) })
	b.Run("map", func(b *testing.B) { decode[[]map[string]any](b, text) })
	b.Run("encoding/json", func(b *testing.B) {
		text = strings.NewReplacer(`{"$set":["express","gift"]}`, `{"express":{},"gift":{}}`, `{"$binary":"AQIDBAUGBwgJCgsMDQ4PEA=="}`, `"AQIDBAUGBwgJCgsMDQ4PEA=="`).Replace(text)
		b.ReportAllocs()
		for b.Loop() {
			var items []order
			if err := json.Unmarshal([]byte(text), &items); err != nil || len(items) != 100 {
				b.Fatal(err)
			}
		}
	})
}

func decode[T any](b *testing.B, text string) {
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var items T
		if err := DecodeValue(text, &items); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeItem(b *testing.B) {
	var items []order
	if err := DecodeValue(page(1), &items); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var buffer []byte
	for b.Loop() {
		var err error
		if buffer, err = Append(buffer[:0], &items[0]); err != nil {
			b.Fatal(err)
		}
	}
}
