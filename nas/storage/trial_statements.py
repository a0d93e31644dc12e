"""The statements about single trials: their steps, their attempts, and the roll-ups that follow from their ends.

Roll-ups are written as SQL, in words that SQLite and PostgreSQL share: SQLAlchemy has them for each database apart.
"""

from sqlalchemy import bindparam, case, delete, func, insert, or_, select, text, update

from nas.storage.attempt_rows import GIVEN_UP
from nas.storage.prepared import Prepared
from nas.storage.rows import CHECKPOINTS_KEPT, TRIAL_FIELDS
from nas.storage.statements import ATTEMPTS, CHECKPOINTS, EPOCHS, EVENTS, SAVED, TRIALS, UPDATES
from nas.trial import AttemptState, TrialState

# Steps of a trial: parameters trial, search

_t = TRIALS.c
_trial_columns = [_t[name] for name in TRIAL_FIELDS]
_one_trial = update(TRIALS).where(_t.trial_id == bindparam("trial"), _t.search_id == bindparam("search"))
_running_trial = _one_trial.where(_t.state == TrialState.RUNNING.value)

ADD_UPDATE = Prepared(insert(UPDATES))
ADD_TRIAL = Prepared(insert(TRIALS).returning(*_trial_columns))
START_TRIAL = Prepared(
    _one_trial.where(_t.state == TrialState.WAITING.value)
    .values(
        state=TrialState.RUNNING.value,
        attempts=_t.attempts + 1,
        token=bindparam("new_token"),
        started_at=bindparam("now"),
    )
    .returning(*_trial_columns)
)
REQUEUE_TRIAL = Prepared(
    _running_trial.values(
        state=TrialState.WAITING.value,
        infrastructure_failures=_t.infrastructure_failures + bindparam("lost"),
        own_failures=_t.own_failures + bindparam("own"),
        token=None,
        started_at=None,
    ).returning(*_trial_columns)
)
FINISH_TRIAL = Prepared(
    _running_trial.where(_t.token == bindparam("finished_token"))
    .values(token=None)
    .returning(*_trial_columns)
)
_finished = or_(_t.state == TrialState.COMPLETED.value, _t.state == TrialState.FAILED.value)
TELL_TRIAL = Prepared(
    _one_trial.where(_finished, _t.told_event.is_(None))
    .values(told_event=bindparam("event"), baseline=bindparam("new_baseline"))
    .returning(_t.number, _t.reward)
)

# Attempts

_a = ATTEMPTS.c
_running_attempt = update(ATTEMPTS).where(
    _a.trial_id == bindparam("trial"), _a.state == AttemptState.RUNNING.value
)
_given_up = [state.value for state in (*GIVEN_UP, AttemptState.FENCED)]

ADD_ATTEMPT = Prepared(insert(ATTEMPTS))
END_ATTEMPT = Prepared(
    _running_attempt.where(_a.attempt == bindparam("which"))
    .values(
        worker=case((bindparam("new_worker") == "", _a.worker), else_=bindparam("new_worker")),
        last_epoch=case((_a.last_epoch < bindparam("reached"), bindparam("reached")), else_=_a.last_epoch),
    )
    .returning(_a.progress_at)
)
ADVANCE_ATTEMPT = Prepared(
    _running_attempt.where(_a.token == bindparam("running_token")).values(
        worker=bindparam("new_worker"),
        last_epoch=case((_a.last_epoch < bindparam("reached"), bindparam("reached")), else_=_a.last_epoch),
        progress_at=bindparam("now"),
    )
)
FENCE_ATTEMPT = (
    update(ATTEMPTS)
    .where(
        _a.trial_id == bindparam("trial"),
        _a.token == bindparam("stale_token"),
        _a.state.in_(_given_up),
    )
    .values(state=AttemptState.FENCED.value)
)
ATTEMPT_OF = select(_a.attempt, _a.state).where(
    _a.trial_id == bindparam("trial"), _a.token == bindparam("stale_token")
)
ADD_EPOCH = Prepared(
    text(
        "INSERT INTO nas_epochs (trial_id, epoch, train_loss, validation_loss, validation_accuracy, seconds) "
        "VALUES (:trial_id, :epoch, :train_loss, :validation_loss, :validation_accuracy, :seconds) "
        "ON CONFLICT (trial_id, epoch) DO UPDATE SET train_loss = excluded.train_loss, "
        "validation_loss = excluded.validation_loss, validation_accuracy = excluded.validation_accuracy, "
        "seconds = excluded.seconds"
    )
)
SAVE_TRAINING = Prepared(
    text(
        "INSERT INTO nas_saved_trainings (trial_id, epoch, state, sha256, created_at) "
        "VALUES (:trial_id, :epoch, :state, :sha256, :created_at) "
        "ON CONFLICT (trial_id) DO UPDATE SET epoch = excluded.epoch, state = excluded.state, "
        "sha256 = excluded.sha256, created_at = excluded.created_at"
    )
)
SAVED_EPOCH = func.coalesce(
    select(SAVED.c.epoch).where(SAVED.c.trial_id == bindparam("trial")).scalar_subquery(), 0
)
DROP_EPOCHS = Prepared(delete(EPOCHS).where(EPOCHS.c.trial_id == bindparam("trial")))
DROP_UNSAVED_EPOCHS = Prepared(
    delete(EPOCHS).where(EPOCHS.c.trial_id == bindparam("trial"), EPOCHS.c.epoch > SAVED_EPOCH)
)
DROP_SAVED = Prepared(delete(SAVED).where(SAVED.c.trial_id == bindparam("trial")))
KEEP_WORKER = Prepared(
    text(
        "INSERT INTO nas_workers "
        "(search_id, worker, node, number, memory_bytes, gpu_memory_bytes, started_at, beat_at) "
        "VALUES (:search_id, :worker, :node, :number, :memory_bytes, :gpu_memory_bytes, :started_at, :beat_at) "
        "ON CONFLICT (search_id, worker) DO UPDATE SET node = excluded.node, number = excluded.number, "
        "memory_bytes = excluded.memory_bytes, gpu_memory_bytes = excluded.gpu_memory_bytes, "
        "started_at = excluded.started_at, beat_at = excluded.beat_at"
    )
)

# Roll-ups

COUNT_ARCHITECTURE = Prepared(
    text(
        "INSERT INTO nas_architectures (search_id, canonical_key, first_number, trainings, reward_sum, mean_reward, "
        "parameters, multiply_adds) "
        "VALUES (:search_id, :canonical_key, :number, 1, :reward, :reward, :parameters, :multiply_adds) "
        "ON CONFLICT (search_id, canonical_key) DO UPDATE SET "
        "first_number = CASE WHEN excluded.first_number < nas_architectures.first_number "
        "THEN excluded.first_number ELSE nas_architectures.first_number END, "
        "trainings = nas_architectures.trainings + 1, "
        "reward_sum = nas_architectures.reward_sum + excluded.reward_sum, "
        "mean_reward = (nas_architectures.reward_sum + excluded.reward_sum) / (nas_architectures.trainings + 1), "
        "parameters = coalesce(excluded.parameters, nas_architectures.parameters), "
        "multiply_adds = coalesce(excluded.multiply_adds, nas_architectures.multiply_adds)"
    )
)
COUNT_FAILURE = Prepared(
    text(
        "INSERT INTO nas_failures (search_id, kind, trials) VALUES (:search_id, :kind, 1) "
        "ON CONFLICT (search_id, kind) DO UPDATE SET trials = nas_failures.trials + 1"
    )
)
COUNT_HISTORY = Prepared(
    text(
        "INSERT INTO nas_history (search_id, stretch, trials, rewarded, best, reward_sum) "
        "VALUES (:search_id, :stretch, 1, :rewarded, :best, :reward_sum) "
        "ON CONFLICT (search_id, stretch) DO UPDATE SET trials = nas_history.trials + 1, "
        "rewarded = nas_history.rewarded + excluded.rewarded, "
        "best = CASE WHEN nas_history.best IS NULL OR excluded.best > nas_history.best "
        "THEN excluded.best ELSE nas_history.best END, "
        "reward_sum = nas_history.reward_sum + excluded.reward_sum"
    )
)

# Checkpoints: parameters search, last_event; events dropped with them: search, last_dropped

_c = CHECKPOINTS.c
_of_search = _c.search_id == bindparam("search")
_kept = select(_c.event).where(_of_search).order_by(_c.event.desc()).limit(CHECKPOINTS_KEPT).subquery()

DROP_CHECKPOINT = delete(CHECKPOINTS).where(_of_search, _c.event == bindparam("last_event"))
DROP_OLD_CHECKPOINTS = delete(CHECKPOINTS).where(
    _of_search, _c.event < select(func.min(_kept.c.event)).scalar_subquery()
)
DROP_OLD_EVENTS = delete(EVENTS).where(
    EVENTS.c.search_id == bindparam("search"), EVENTS.c.event_id <= bindparam("last_dropped")
)
