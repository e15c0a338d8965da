"""What a type checker refuses: each line that ends in a comment "wrong", and no other."""

from lightmlp import MLPClassifier, MLPRegressor, losses, schedules, solvers

MLPClassifier(activation="sigmoid")  # wrong
MLPClassifier(activation=("relu", "tahn"))  # wrong
MLPClassifier((64,), solver="Adam")  # wrong
MLPClassifier(solver=schedules.Cosine())  # wrong
MLPClassifier(solver=solvers.AdamW)  # wrong
MLPClassifier(loss="mse")  # wrong
MLPClassifier(loss=losses.Huber())  # wrong
MLPRegressor("mae")  # wrong
MLPRegressor((64,))  # wrong
MLPRegressor(loss=losses.Focal())  # wrong
MLPClassifier(learning_rate="cosin")  # wrong
MLPClassifier(learning_rate=0.01)  # wrong
MLPClassifier(learning_rate=solvers.SGD())  # wrong
MLPClassifier(initialization="xavier")  # wrong
MLPClassifier(bias_initialization="zero")  # wrong
MLPClassifier(engine="numpy")  # wrong
MLPClassifier(normalization="batch_norm")  # wrong
MLPClassifier(augmentation="mix_up")  # wrong
MLPClassifier(dropout=schedules.Cosine())  # wrong
MLPClassifier(role_learning_rates={"statistic": 0.1})  # wrong
MLPClassifier(batch_size="all")  # wrong
MLPClassifier(verbose="line")  # wrong
MLPClassifier(class_weight="balance")  # wrong
MLPClassifier(restore_best_weights="best")  # wrong
MLPClassifier(hidden_layer_sizes="100")  # wrong
MLPClassifier(hidden_layer_sizes=(5.0,))  # wrong
MLPClassifier(callbacks=[print])  # wrong
MLPClassifier(learning_rte="cosine")  # wrong
MLPClassifier().fit([[0.0]], [0], X_vall=[[0.0]])  # wrong
MLPRegressor().fit([[0.0]])  # wrong
shape = MLPRegressor().predict([[0.0]]).shap  # wrong
MLPClassifier(activation="logistic", solver="adam")
