package tabletheorytest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tabletheory/tabletheory-go"
)

// Unprocessed does not carry out so many items, or keys, of a batch: the last ones, which it gives back as not processed. Other
// requests go through. A signature made before does not fit what is sent then: the local stand-in does not mind, and the adapter of
// the SDK signs afterwards.
func Unprocessed(items int) Fault {
	return func(ctx context.Context, request *tabletheory.Request, send Sender) (*tabletheory.Response, error) {
		rest := map[string]string{"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}[request.Action]
		if rest == "" {
			return send(ctx, request)
		}
		var body, tables map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal(request.Body, &body), json.Unmarshal(body["RequestItems"], &tables)); err != nil {
			return nil, err
		}
		left, held, err := cut(tables, items)
		if err != nil {
			return nil, err
		}
		answer := map[string]json.RawMessage{}
		if rest == "UnprocessedKeys" {
			answer["Responses"] = json.RawMessage("{}")
		}
		response := &tabletheory.Response{Status: 200}
		if len(left) > 0 {
			partial := *request
			body["RequestItems"] = encode(left)
			partial.Body = encode(body)
			if response, err = send(ctx, &partial); err != nil || response.Status != 200 {
				return response, err
			}
			if err := json.Unmarshal(response.Body, &answer); err != nil {
				return nil, err
			}
		}
		answer[rest] = encode(held)
		return &tabletheory.Response{Status: 200, Head: withoutChecksum(response.Head), Body: encode(answer)}, nil
	}
}

// cut takes the last items out of a batch, by table.
func cut(tables map[string]json.RawMessage, items int) (left, held map[string]json.RawMessage, err error) {
	left, held = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, table := range slices.Backward(slices.Sorted(maps.Keys(tables))) {
		kept, taken, err := split(tables[table], &items)
		if err != nil {
			return nil, nil, err
		}
		if kept != nil {
			left[table] = kept
		}
		if taken != nil {
			held[table] = taken
		}
	}
	return left, held, nil
}

// split divides the parts for one table: a list of writes, or an object with a list of keys.
func split(parts json.RawMessage, items *int) (kept, taken json.RawMessage, err error) {
	var object map[string]json.RawMessage
	list := parts
	if json.Unmarshal(parts, &object) == nil {
		list = object["Keys"]
	}
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, nil, err
	}
	at := max(0, len(all)-*items)
	*items -= len(all) - at
	wrap := func(some []json.RawMessage) json.RawMessage {
		if len(some) == 0 {
			return nil
		}
		if object == nil {
			return encode(some)
		}
		object["Keys"] = encode(some)
		return encode(object)
	}
	return wrap(all[:at]), wrap(all[at:]), nil
}

// withoutChecksum leaves out the checksum, which is that of another body now.
func withoutChecksum(head []byte) []byte {
	var kept strings.Builder
	for line := range strings.Lines(string(head)) {
		if !strings.HasPrefix(strings.ToLower(line), "x-amz-crc32:") {
			kept.WriteString(line)
		}
	}
	return []byte(kept.String())
}

func encode(value any) json.RawMessage {
	text, _ := json.Marshal(value) // made of JSON: cannot fail
	return text
}
