"""The event stream: from an accepted click to the training feed, each exactly once, whatever is killed in between.

journal    what is accepted, written in the order that keeps the promise: outbox row, click log, then the answer
outbox     the table of what was accepted, in order: a redo log for the click log and the queue of what has to travel
publisher  drains the outbox, into the stream (EVENTS=kafka) or into the feed itself (EVENTS=database)
consumer   writes the stream into the training feed
feed       the training feed; applying a message again changes nothing
catch_up   all of it at once, before a training
turn       who writes next, on a database that lets one write at a time
kafka      Kafka's client, the only module that imports it
"""
