package compose

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// programs is what the images hold at their root, and where each comes from; mailbox stands in for Mailpit's image.
var programs = map[string]string{
	"function": "infra/function", "topics": "infra/topics/run", "kafkasource": "infra/kafkasource/run", "paymentgateway": "infra/paymentgateway/run",
	"mailbox": "infra/mailbox/run",
}

// surroundings is this machine's programs, Kafka, Postgres and folders in place of the containers'.
func surroundings(t *testing.T, project *types.Project) Here {
	t.Helper()
	brokers, folder := brokersFor(t), t.TempDir()
	settings := project.Services["db"].Environment
	database := databaseFor(t)
	for name, source := range programs {
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(folder, name), "./"+source)
		build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, said)
		}
	}
	manifest, err := filepath.Abs("../knative/base/sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return Here{Programs: folder, Replaced: map[string]string{
		"kafka:9092": brokers, "/data": t.TempDir(), "/manifests/sources.yaml": manifest,
		*settings["DATABASE_URL"]: database.App, *settings["DATABASE_OWNER_URL"]: database.Owner,
		"localhost:12111": Address(project, "payment-provider") + ":12111", // its published port
		*project.Services["auth"].Environment["TRUSTED_PROXIES"]: "127.0.0.0/8", // a container's neighbours
	}}
}

// root is where the mart's own module is.
const root = "../.."

// brokersFor is MART_E2E_KAFKA, or an embedded broker.
func brokersFor(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("MART_E2E_KAFKA"); given != "" {
		borrow(t, given)
		return given
	}
	broker, err := kafka.Start(t.Context(), kafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() }) // nothing is kept
	return broker.Address()
}

// borrow makes sure that brokers are as new, for the topics job has to make the topics, and records that another mart has sealed are
// poison for this one. They are given back as they were.
func borrow(t *testing.T, brokers string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	admin := kadm.NewClient(client)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	there, err := admin.ListTopics(ctx, events.Topics()...)
	if err != nil {
		t.Fatalf("MART_E2E_KAFKA: list the topics: %v", err)
	}
	for _, topic := range there.Sorted() {
		if topic.Err == nil {
			t.Fatalf("MART_E2E_KAFKA has served another mart, topic %s is there: start a new one with infra/kafka/real.sh", topic.Topic)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		gone, err := admin.DeleteTopics(ctx, events.Topics()...)
		if err = errors.Join(err, gone.Error()); err != nil {
			t.Errorf("clear up MART_E2E_KAFKA: %v", err)
		}
	})
}

// databaseFor is a new database with the two roles, on MART_E2E_POSTGRES or on the tests' own server.
func databaseFor(t *testing.T) postgres.Database {
	t.Helper()
	admin := os.Getenv("MART_E2E_POSTGRES")
	if admin == "" {
		return pgtest.New(t)
	}
	name := "mart_compose_" + strings.ToLower(rand.Text()[:12])
	database, err := postgres.CreateDatabase(t.Context(), admin, name, rand.Text())
	if err != nil {
		t.Fatalf("MART_E2E_POSTGRES: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := postgres.DropDatabase(ctx, admin, name); err != nil {
			t.Errorf("clear up MART_E2E_POSTGRES: %v", err)
		}
	})
	return database
}
