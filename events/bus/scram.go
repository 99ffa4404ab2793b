package bus

import (
	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

// scramClient lets sarama speak SCRAM-SHA-512, which it leaves to a library.
type scramClient struct {
	conversation *scram.ClientConversation
}

// newSCRAM is for sarama.Config.
func newSCRAM() sarama.SCRAMClient { return &scramClient{} }

func (c *scramClient) Begin(user, password, authzID string) error {
	client, err := scram.SHA512.NewClient(user, password, authzID)
	if err != nil {
		return err
	}
	c.conversation = client.NewConversation()
	return nil
}

func (c *scramClient) Step(challenge string) (string, error) { return c.conversation.Step(challenge) }
func (c *scramClient) Done() bool                            { return c.conversation.Done() }
