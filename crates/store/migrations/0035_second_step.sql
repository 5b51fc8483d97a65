-- Whose password alone is not enough: since when an account is asked for a second step, and which sessions
-- were begun or confirmed with one. Sessions from before are asked to show it where there is one.
ALTER TABLE app_user ADD COLUMN second_step_since BIGINT;
ALTER TABLE login_session ADD COLUMN stepped BOOLEAN NOT NULL DEFAULT FALSE;
