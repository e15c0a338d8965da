"""The parts of the workload, by name."""

from . import options, processes, shapes, threads

PARTS = {
    part.__name__: part
    for part in (
        options.every_loss,
        options.every_encoding,
        options.every_solver,
        options.every_activation,
        options.every_augmentation,
        options.every_rule,
        options.functions_of_a_user,
        shapes.edges,
        shapes.kinds_of_arrays,
        threads.fits_at_once,
        threads.predictions_at_once,
        threads.callbacks_that_read,
        threads.interrupts,
        processes.other_instruction_sets,
        processes.forks_while_fits_run,
        processes.an_end_while_a_fit_runs,
    )
}
