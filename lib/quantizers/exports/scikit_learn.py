"""Records models of scikit-learn as skl2onnx writes them.

Run with Python 3.11 and scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.17.0 onnxruntime==1.20.1 'numpy<2':

    python scikit_learn.py
"""

import warnings

import numpy as np
import skl2onnx
import sklearn
from record import inputs, record
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")  # a few iterations will do
x = inputs(60, 8)
classes = np.digitize(x[:, 0] + x[:, 1] * x[:, 2], [-0.3, 0.3])
settings = {"hidden_layer_sizes": (6, 5), "max_iter": 30, "random_state": 1}
models = {
    "classifier": make_pipeline(StandardScaler(), MLPClassifier(**settings)).fit(x, classes),
    "regressor": MLPRegressor(**settings).fit(x, x[:, :2] @ [[1, 2], [-1, 0.5]]),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(x, classes),
}
for name, model in models.items():
    options = {} if name == "regressor" else {"zipmap": False}
    exported = skl2onnx.to_onnx(
        model,
        initial_types=[("input", FloatTensorType([None, 8]))],
        options={id(model): options} if options else None,
        target_opset=15,
    )
    versions = f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}"
    record(f"sklearn-{name}", exported, {"input": x[:6]}, versions)
