package bus

import (
	"bytes"
	"errors"
	"strconv"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/twmb/franz-go/pkg/kfake"
)

// bounded has topics that take what the mart's take.
func bounded(t *testing.T) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for topic, most := range map[string]int{events.CreateBrand.Topic(): MaxRecordBytes, events.DeadLetterTopic: MaxLetterBytes} {
		if err := c.CreateTopic(topic, 1, map[string]string{"max.message.bytes": strconv.Itoa(most)}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Messages as large as they may be fit into their topic, also when several are sent at once: no batch is larger than the topic takes.
func TestTheLargestMessagesFitTheirTopic(t *testing.T) {
	t.Parallel()
	c := bounded(t)
	p := publisher(t, events.Brand, c)
	largest := make([]events.Envelope, 4)
	for i := range largest {
		largest[i] = stamped(t, testKeys(t), events.Brand, events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"}).WithID(strconv.Itoa(i), "f"))
		largest[i].Data = bytes.Repeat([]byte("x"), MaxBytes)
	}
	small := stamped(t, testKeys(t), events.Brand, events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"}))
	if err := p.Publish(t.Context(), append(largest, small)...); err != nil {
		t.Fatal(err)
	}
	records(t, c, events.CreateBrand.Topic(), len(largest)+1)
}

// What cannot be processed is kept however large it is: no topic takes more.
func TestALetterAboutTheLargestRecordIsKept(t *testing.T) {
	t.Parallel()
	c := bounded(t)
	p := publisher(t, events.DB, c)
	e := stamped(t, testKeys(t), events.Brand, events.CreateBrand.New(brandID, events.BrandFields{Name: "Acme", Slug: "acme"}))
	e.Data = bytes.Repeat([]byte("x"), MaxRecordBytes)
	if err := p.DeadLetter(t.Context(), e, errors.New("poison")); err != nil {
		t.Fatal(err)
	}
	if got := len(records(t, c, events.DeadLetterTopic, 1)[0].Value); got != MaxRecordBytes {
		t.Errorf("the letter has %d bytes of %d", got, MaxRecordBytes)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.DeadLetter(t.Context(), e, errors.New("poison")); !errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("after the end: %v", err)
	}
}
